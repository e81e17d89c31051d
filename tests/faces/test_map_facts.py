"""What a map says of its data: sample data are named as long as any of them is drawn."""

import pytest
from sqlalchemy import text

from tests.faces.tile_city import ADD_COMPONENTS
from web.map_facts import MapFactsReader

SURVEYED = {
    name: text(f"UPDATE grid.{name} SET is_synthetic = :drawn")
    for name in ("unit_grid", "street", "ground", "component")
}


@pytest.fixture
def components(wiring):
    with wiring.sessions.begin() as session:
        session.execute(ADD_COMPONENTS)
    yield
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE grid.component"))
        for statement in SURVEYED.values():
            session.execute(statement, {"drawn": True})


def say(wiring, name, *, drawn):
    with wiring.sessions.begin() as session:
        session.execute(SURVEYED[name], {"drawn": drawn})


def is_sample(reader):
    reader._asked_at = float("-inf")  # as if five seconds had gone
    return reader.facts().is_synthetic


def test_a_surveyed_frame_over_drawn_components_is_still_sample_data(wiring, components):
    reader = MapFactsReader(wiring.sessions)
    seen = [is_sample(reader)]
    for name in SURVEYED:
        say(wiring, name, drawn=False)
        seen.append(is_sample(reader))
    assert seen == [True, True, True, True, False]
    say(wiring, "component", drawn=True)
    assert is_sample(reader)


def test_what_has_not_changed_is_not_searched_again(wiring, components, statements):
    reader = MapFactsReader(wiring.sessions)
    is_sample(reader)
    statements.clear()
    is_sample(reader)
    assert len(statements) == 1


def test_no_page_waits_for_a_table_that_an_import_holds(wiring, components):
    reader = MapFactsReader(wiring.sessions)
    with wiring.sessions() as importing:
        importing.execute(text("LOCK TABLE grid.component, grid.unit_grid IN ACCESS EXCLUSIVE MODE"))
        assert is_sample(reader)
    for name in SURVEYED:
        say(wiring, name, drawn=False)
    assert not is_sample(reader)
