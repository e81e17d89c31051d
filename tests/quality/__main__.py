"""Measures the engine on the labelled sentences: `python -m tests.quality`, against the city of the settings.

The sentences are about the drawn city of size `city`; of a smaller one those are asked whose places it has.
"""

from grid.gazetteer.index_reading import list_index_places
from tests.quality.labelled import Ground, Row, read_sentences, score, tally, told, within
from web.cli_shared import database
from web.settings import load_settings
from web.wiring import build_wiring


def main() -> None:
    """Print the table by situation and every sentence that was not answered right."""
    with database(load_settings(), "python -m tests.quality") as settings:
        wiring = build_wiring(settings)
        try:
            with wiring.sessions() as session:
                ground = Ground(list_index_places(session, wiring.plane, wiring.city), wiring.plane)
            sentences = within(read_sentences(), ground)
            print("\n".join(report(score(sentences, ground, wiring.geocoder.geocode))))
        finally:
            wiring.stop()


def report(rows: list[Row]) -> list[str]:
    """Lines of Markdown: right answers by situation, then the wrong ones, the confident among them first."""
    lines = [
        "| situation | sentences | right | share | wrong and confident |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, one in tally(rows).items():
        figures = f"{one.asked} | {one.right} | {one.share:.1%} | {one.wrong_and_confident}"
        lines.append(f"| {name or '**all**'} | {figures} |")
    wrong = sorted((row for row in rows if not row.is_right), key=lambda row: not row.is_wrong_and_confident)
    return [*lines, "", *(f"- {row.sentence.situation} {told(row)}" for row in wrong)]


if __name__ == "__main__":
    main()
