"""The drawn city in PostGIS: loaded whole, flagged as drawn, with a year of cases whose chains hold."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.evaluation.figures import Evaluating
from cases.evaluation.formulas import load_formulas
from cases.evaluation.operations import Counting
from cases.explain import find_broken_cases
from cases.photos import PhotoStore
from cases.rules.findings import AFTER_SHOTS_THERE, ANGLE, ANGLE_OFF, SHOTS_THERE, STOOD, read
from cases.rules.periods import Period
from cases.rules.stages import OPEN_STAGES
from cases.sample_cases import add_past_cases
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions, open_sessions
from grid.city import City
from grid.frame import LiveFrame
from grid.gazetteer.index_reading import list_index_places
from grid.gazetteer.live import LiveGazetteer
from grid.geocoding import CityGeocoder
from grid.reading import read_frame
from grid.sample_city import Drawing, FrameAlreadyDrawn, load
from grid.sample_city.loading import SOURCE
from grid.seed import seed
from tests import databases
from tests.databases import Databases
from tests.drawn_city import drawn_city
from tests.quality.labelled import Ground, Row, read_sentences, score, tally, told, within
from web.accounts.seed import give_demo_grids, seed_demo_people
from web.wiring import load_nation

pytestmark = pytest.mark.xdist_group("drawn city")  # filled by one worker alone
BAOJI = Path(__file__).resolve().parents[2] / "data" / "baoji"
NOW = datetime(2026, 9, 18, 2, 0, tzinfo=UTC)
CITY = City.load(BAOJI)


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return drawn_city()


@pytest.fixture(scope="module")
def drawn(
    city_databases: Databases, worker_id: str, drawing: Drawing, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sessions]:
    """A database of its own that holds the drawn city, its accounts and its past cases."""
    template = city_databases.template("migrated", databases.fill_migrated)
    with city_databases.clone(template, f"drawn_{worker_id}") as engine:
        sessions = open_sessions(engine)
        seed(sessions, CITY, NOW)
        load(sessions, drawing, city=CITY, at=NOW)
        seed_demo_people(sessions, CITY, hasher=PasswordHasher(time_cost=1, memory_cost=64))
        give_demo_grids(sessions, CITY)
        photos = PhotoStore(tmp_path_factory.mktemp("photos"))
        add_past_cases(sessions, city=CITY, size="small", seed=1, at=NOW, photos=photos)
        yield sessions


@pytest.fixture(scope="module")
def answered(drawn: Sessions, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The labelled sentences whose places this part of the city has, with what the engine answers."""
    plane = PlaneSystem(CITY.plane_crs)
    gazetteer = LiveGazetteer(drawn, plane, CITY, tmp_path_factory.mktemp("index"))
    with drawn() as session:
        ground = Ground(list_index_places(session, plane, CITY), plane)
    geocoder = CityGeocoder(gazetteer, LiveFrame(drawn, plane), plane, CITY, load_nation)
    return score(within(read_sentences(), ground), ground, geocoder.geocode)


def count(session: Session, question: str) -> int:
    return session.execute(text(question)).scalar_one()


def test_each_inspector_of_the_demonstration_has_grids_of_his_own(drawn: Sessions) -> None:
    with drawn() as session:
        codes = session.scalars(
            text("SELECT unnest(responsibility_codes) FROM accounts.person WHERE 'inspector' = ANY(roles)")
        ).all()
    assert len(codes) == len(set(codes)) == 12


def test_a_drawn_city_is_loaded_whole_and_flagged_as_drawn(drawn: Sessions, drawing: Drawing) -> None:
    tables = ("unit_grid", "responsibility_grid", "zone", "street", "ground", "place", "component")
    with drawn() as session:
        held = [count(session, f"SELECT count(*) FROM grid.{name} WHERE is_synthetic") for name in tables]
        surveyed = [count(session, f"SELECT count(*) FROM grid.{n} WHERE NOT is_synthetic") for n in tables]
    assert held[0] == len(drawing.unit_grids)
    assert held[-2:] == [len(drawing.places), len(drawing.components)]
    assert min(held) > 0
    assert set(surveyed) == {0}


def test_the_real_borders_of_districts_stay_real(drawn: Sessions) -> None:
    question = "SELECT count(*) FROM grid.division WHERE level = 'district' AND is_synthetic"
    with drawn() as session:
        assert count(session, question) == 0


def test_postgis_finds_each_component_in_the_grid_of_its_row(drawn: Sessions) -> None:
    question = (
        "SELECT count(*) FROM grid.component c WHERE c.unit_grid_code <> (SELECT u.code FROM grid.unit_grid u"
        " WHERE ST_Intersects(u.geom, c.geom) ORDER BY u.code LIMIT 1)"
    )
    with drawn() as session:
        assert count(session, question) == 0


def test_the_map_counts_every_component_of_the_drawn_city(drawn: Sessions, drawing: Drawing) -> None:
    counted = "SELECT sum(n) FROM grid.component_count WHERE level = 19"
    with drawn() as session:
        assert count(session, counted) == len(drawing.components)
        session.execute(
            text("UPDATE grid.component SET state = '丢失' WHERE id % 100 = 0")
        )  # and goes on counting
        assert count(session, f"{counted} AND state = '丢失'") == len(drawing.components) // 100


def test_the_locator_reads_the_drawn_frame_at_its_new_version(drawn: Sessions, drawing: Drawing) -> None:
    with drawn() as session:
        frame = read_frame(session, PlaneSystem(CITY.plane_crs))
    assert frame.version > 0
    assert [grid.code for grid in sorted(frame.grids, key=lambda g: g.code)] == list(drawing.unit_grids.codes)


def test_people_find_the_post_office_by_what_they_call_it(drawn: Sessions) -> None:
    question = text(
        "SELECT p.name, p.category, p.weight, p.valid_from, p.source FROM grid.place_name n"
        " JOIN grid.place p ON p.id = n.place_id WHERE n.name = '经二路邮局'"
    )
    with drawn() as session:
        found = session.execute(question).one()
    assert tuple(found) == ("经二路邮政支局", "post_office", 0.7, NOW.date(), SOURCE)


def test_every_further_name_comes_with_the_drawn_gazetteer(drawn: Sessions, drawing: Drawing) -> None:
    former = "SELECT count(*) FROM grid.place_name WHERE (sort = 'former') <> (valid_to IS NOT NULL)"
    with drawn() as session:
        assert count(session, "SELECT count(*) FROM grid.place_name") == len(drawing.places.further)
        assert count(session, former) == 0
        assert count(session, "SELECT version FROM grid.gazetteer_version") == 1


def test_postgis_finds_each_place_in_the_division_of_its_row(drawn: Sessions) -> None:
    question = (
        "SELECT count(*) FROM grid.place p WHERE p.kind <> 'zone' AND NOT EXISTS (SELECT FROM grid.division d"
        " WHERE d.code = p.division_code AND d.level = 'community' AND ST_Intersects(d.geom, p.geom))"
    )
    with drawn() as session:
        assert count(session, question) == 0


def test_a_place_added_to_the_drawn_ones_gets_the_next_number(drawn: Sessions) -> None:
    added = (
        "INSERT INTO grid.place (kind, name, geom, source, is_synthetic)"
        " SELECT 'poi', '新邮局', geom, '实测', false FROM grid.place LIMIT 1 RETURNING id"
    )
    with drawn() as session:
        newest = count(session, "SELECT max(id) FROM grid.place")
        assert count(session, added) > newest


def test_a_city_is_not_drawn_over_another(drawn: Sessions, drawing: Drawing) -> None:
    with pytest.raises(FrameAlreadyDrawn):
        load(drawn, drawing, city=CITY, at=NOW)


def test_a_year_of_cases_holds_chains_that_nobody_broke(drawn: Sessions) -> None:
    with drawn() as session:
        assert find_broken_cases(session, newest=400) == {}
        assert count(session, "SELECT count(*) FROM cases.case WHERE is_synthetic") == 300


def test_the_map_counts_every_ended_case_of_the_year(drawn: Sessions) -> None:
    ended = "SELECT count(*) FROM cases.case WHERE closed_at IS NOT NULL"
    with drawn() as session:
        assert count(session, "SELECT sum(n) FROM cases.ended_count") == count(session, ended) > 200


def test_cases_wait_at_every_stage_of_the_main_line(drawn: Sessions) -> None:
    pending = {"return_pending", "extension_pending", "suspension_pending", "suspended"}
    with drawn() as session:
        stages = set(session.scalars(text("SELECT DISTINCT stage FROM cases.case")))
    assert len(set(OPEN_STAGES) - pending - stages) <= 1


def test_case_numbers_go_on_after_the_sample(drawn: Sessions) -> None:
    question = (
        "SELECT count(*) FROM cases.case_counter k WHERE k.last <> (SELECT count(*) FROM cases.case c"
        " WHERE c.case_no LIKE k.district_code || to_char(k.\"on\", 'YYYYMMDD') || '%')"
    )
    with drawn() as session:
        assert count(session, question) == 0


def test_nothing_in_the_sample_happens_in_the_future(drawn: Sessions) -> None:
    question = text("SELECT count(*) FROM cases.fact WHERE at >= :now")
    with drawn() as session:
        assert session.execute(question, {"now": NOW}).scalar_one() == 0


def test_what_people_say_of_the_drawn_city_is_found(answered: list[Row]) -> None:
    whole = tally(answered)[""]
    assert whole.asked > 300
    assert whole.share >= 0.95, "\n".join(told(row) for row in answered if not row.is_right)


def test_hardly_anybody_is_sent_to_a_wrong_place_with_confidence(answered: list[Row]) -> None:
    astray = [told(row) for row in answered if row.is_wrong_and_confident]
    assert len(astray) <= 0.005 * len(answered), "\n".join(astray)


def test_a_year_of_the_drawn_city_tells_departments_apart(drawn: Sessions) -> None:
    counting = Counting(drawn)
    counting.refresh(NOW)
    with drawn() as session:
        evaluating = Evaluating.read(session, load_formulas(CITY), CITY.districts)
        table = evaluating.table(session, "department", Period.parse("2026"), today=NOW.date())
    totals = [one.total for one in table.rows if one.total is not None]
    assert (counting.prove(NOW).differing, min(totals) < 85, max(totals) > 95) == (0, True, True)
    assert len({one.result.grade for one in table.rows if one.result.grade}) >= 2


FOUND = text("""
    SELECT DISTINCT words FROM cases.fact, jsonb_path_query(body, '$.evidence.*[*]') AS found(value),
        LATERAL (SELECT value #>> '{}' AS words) w
    WHERE jsonb_typeof(value) = 'string' AND words LIKE '%照片%' OR words LIKE '%本人%'
""")


def test_late_sample_cases_say_what_their_photos_and_positions_showed(drawn: Sessions) -> None:
    with drawn() as session:
        words = session.scalars(FOUND).all()
    sentences = {found[0] for one in words if (found := read(one))}
    assert sentences >= {STOOD, ANGLE, ANGLE_OFF, SHOTS_THERE, AFTER_SHOTS_THERE}


def test_photos_of_sample_cases_are_named_measured_and_flagged_with_their_case(drawn: Sessions) -> None:
    with drawn() as session:
        photos = count(session, "SELECT count(*) FROM cases.photo")
        of_samples = """SELECT count(*) FROM cases.photo p JOIN cases."case" c ON c.id = p.case_id
            WHERE c.is_synthetic AND p.distance_m < 100 AND c.reported_at > '2026-07-01'"""
        assert (photos > 100, photos) == (True, count(session, of_samples))
