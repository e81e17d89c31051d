"""Reference data of the city's folder in PostGIS."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from gis_core.db import Sessions
from grid import seed as seeding
from grid.city import City
from grid.divisions import Division, read_divisions
from grid.organisations import UnknownOrganisation, get_organisation, list_organisations
from grid.seed import seed

BAOJI = City.load(Path(__file__).parents[2] / "data" / "baoji")
AT = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)
LATER = datetime(2026, 10, 1, 16, 30, tzinfo=UTC)  # 2 October in the city


def rename_jinger(city: City) -> tuple[Division, ...]:
    """The register after 经二路街道 got another name."""
    return tuple(
        replace(one, name="经二路街道（新）") if one.code == "610302002" else one
        for one in read_divisions(city)
    )


def test_seeding_brings_in_the_register(sessions: Sessions) -> None:
    seeded = seed(sessions, BAOJI, AT)
    assert (seeded.divisions, seeded.organisations, seeded.changed) == (357, 96, 454)


def test_seeding_again_changes_nothing(sessions: Sessions) -> None:
    seed(sessions, BAOJI, AT)
    assert seed(sessions, BAOJI, LATER).changed == 0


def test_districts_stand_in_the_plane_system_with_their_true_size(sessions: Sessions) -> None:
    seed(sessions, BAOJI, AT)
    query = (
        "SELECT st_srid(geom), st_area(geom) / 1e6, st_isvalid(geom) FROM grid.division WHERE code = '610303'"
    )
    with sessions() as session:
        srid, area_km2, is_valid = session.execute(text(query)).one()
    assert (srid, is_valid) == (4545, True)
    assert area_km2 == pytest.approx(310, abs=2)


def test_borders_stay_shared_in_the_plane_system(sessions: Sessions) -> None:
    seed(sessions, BAOJI, AT)
    query = (
        "SELECT st_relate(a.geom, b.geom, 'F***1****') FROM grid.division a, grid.division b"
        " WHERE a.code = '610302' AND b.code = '610303'"
    )
    with sessions() as session:
        assert session.scalar(text(query))


def test_a_community_waits_for_its_shape(sessions: Sessions) -> None:
    seed(sessions, BAOJI, AT)
    query = (
        "SELECT count(*) FROM grid.division WHERE level = 'community' AND geom IS NULL AND NOT is_synthetic"
    )
    with sessions() as session:
        assert session.scalar(text(query)) == 319


def test_a_renamed_subdistrict_keeps_its_past_and_its_shape(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(sessions, BAOJI, AT)
    with sessions.begin() as session:
        session.execute(text("UPDATE grid.division SET is_synthetic = true WHERE code = '610302002'"))
    monkeypatch.setattr(seeding, "read_divisions", rename_jinger)
    seed(sessions, BAOJI, LATER)
    query = (
        "SELECT name, valid_from, valid_to, is_synthetic FROM grid.division"
        " WHERE code = '610302002' ORDER BY id"
    )
    with sessions() as session:
        assert session.execute(text(query)).all() == [
            ("经二路街道", date(2023, 6, 30), date(2026, 10, 2), True),
            ("经二路街道（新）", date(2026, 10, 2), None, True),
        ]


def test_an_organisation_is_brought_up_to_date_in_place(sessions: Sessions) -> None:
    seed(sessions, BAOJI, AT)
    with sessions.begin() as session:
        session.execute(text("UPDATE grid.organisation SET duties = '' WHERE code = 'BJ-GS'"))
    assert seed(sessions, BAOJI, LATER).changed == 1
    with sessions() as session:
        assert get_organisation(session, "BJ-GS").duties == "供水管网与设施"


def test_every_process_hears_of_new_divisions(sessions: Sessions) -> None:
    seed(sessions, BAOJI, AT)
    with sessions() as session:
        assert session.scalar(text("SELECT version FROM grid.frame_version")) == 1


def test_organisations_are_listed_by_code(sessions: Sessions) -> None:
    seed(sessions, BAOJI, AT)
    with sessions() as session:
        listed = list_organisations(session)
    assert (len(listed), listed[0].code, listed[-1].code) == (96, "BJ-CD", "WB-ZJ")


def test_an_unknown_organisation_is_refused(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(UnknownOrganisation, match="XX-XX"):
        get_organisation(session, "XX-XX")
