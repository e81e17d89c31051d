"""Trains the tagger of addresses and scores it: `script/train-tagger --help`.

Labelled files hold an address a line, its parts as `text/label` divided by blanks, ／ for a stroke within a
text, labels as in the public set of Li and Lu, "Neural Chinese Address Parsing" (NAACL 2019). The set itself
is not part of citygrid; it is published at github.com/leodotnet/addr.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from gis_core.geocoding.characters import folded
from gis_core.geocoding.community_names import CommunityNames
from gis_core.geocoding.divisions import NationalDivisions
from gis_core.geocoding.tagging import COMMUNITIES, MODEL, PUBLIC_LABELS, Tagger, marks_of
from gis_core.geocoding.tagging_features import AddressFeatures, tokens_of
from tests.bench.changed_addresses import Changer
from tests.bench.synthetic_addresses import AddressMaker, Labelled

NATION = Path(__file__).parents[2] / "data" / "nation"
RUNS = 5

Parts = frozenset[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of the parts of one label, or of all."""

    label: str
    expected: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what was expected that was found."""
        return self.right / self.expected if self.expected else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.expected + self.found
        return 2 * self.right / total if total else 0.0

    def __str__(self) -> str:
        """One line of a table."""
        rates = f"P {self.precision:.3f}  R {self.recall:.3f}  F1 {self.f1:.3f}"
        return f"{self.label:<17}{self.expected:>6}  {rates}"


def read_labelled(path: Path) -> list[Labelled]:
    """The addresses of a labelled file."""
    addresses: list[Labelled] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = [part.rpartition("/") for part in line.split(" ") if part]
        if parts:
            addresses.append([(text.replace("／", "/"), label.lower()) for text, _, label in parts])
    return addresses


def text_and_parts(address: Labelled) -> tuple[str, Parts]:
    """The address as written, and its parts under our label names."""
    text, parts = "", set()
    for part, label in address:
        parts.add((len(text), len(text) + len(part), PUBLIC_LABELS[label]))
        text += part
    return text, frozenset(parts)


def examples_of(
    addresses: Iterable[Labelled], nation: NationalDivisions, communities: CommunityNames
) -> list[tuple[list[list[str]], list[str]]]:
    """Features and marks of addresses; those whose parts divide a number are left out."""
    features = AddressFeatures(nation, communities)
    examples = []
    for address in addresses:
        text, parts = text_and_parts(address)
        plain = folded(text)
        tokens = tokens_of(plain)
        label_at = {at: label for start, end, label in parts for at in range(start, end)}
        bounds = {bound for start, end, _ in parts for bound in (start, end)}
        if bounds <= {bound for token in tokens for bound in token}:
            marks = marks_of([(label_at[start], end in bounds) for start, end in tokens])
            examples.append((features(plain, tokens), marks))
    return examples


def evaluate(tagger: Tagger, addresses: Sequence[Labelled]) -> list[Score]:
    """How well the tagger labels addresses: all parts together first, then by label, the frequent first."""
    expected, found, right = Counter[str](), Counter[str](), Counter[str]()
    for address in addresses:
        text, wanted = text_and_parts(address)
        got = {(span.start, span.end, span.label) for span in tagger.tag(text).spans}
        expected.update(label for _, _, label in wanted)
        found.update(label for _, _, label in got)
        right.update(label for _, _, label in wanted & got)
    total = Score("all", expected.total(), found.total(), right.total())
    return [total, *(Score(name, n, found[name], right[name]) for name, n in expected.most_common())]


def addresses_per_second(tagger: Tagger, texts: Sequence[str]) -> float:
    """Addresses tagged in a second of processor time on one core: the median of several runs."""
    rates = []
    for _ in range(RUNS):
        started = time.process_time()
        for text in texts:
            tagger.tag(text)
        rates.append(len(texts) / (time.process_time() - started))
    return median(rates)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, score, or make the file of community names."""
    parser = argparse.ArgumentParser(prog="script/train-tagger", description=main.__doc__)
    parser.add_argument("--train", nargs="+", type=Path, metavar="FILE", help="labelled files to train on")
    parser.add_argument("--gentle", type=int, default=3, help="changed copies of an address for the teachers")
    parser.add_argument("--bold", type=int, default=8, help="and for the student")
    parser.add_argument(
        "--synthetic", type=int, default=5000, help="made-up addresses, twice for the student"
    )
    parser.add_argument("--seed", type=int, default=0, help="of chance")
    parser.add_argument("--score", nargs="+", type=Path, metavar="FILE", help="labelled files to score on")
    parser.add_argument("--communities", type=Path, metavar="CSV", help="villages.csv of china-division")
    parser.add_argument("--folder", type=Path, default=NATION, help="of names and weights")
    asked = parser.parse_args(arguments)
    if asked.communities:
        CommunityNames.read_list(asked.communities).save(asked.folder / COMMUNITIES)
    if asked.train:
        _train([address for path in asked.train for address in read_labelled(path)], asked)
    if asked.score:
        _report(Tagger.load(asked.folder), [one for path in asked.score for one in read_labelled(path)])


def _train(addresses: list[Labelled], asked: argparse.Namespace) -> None:
    # Only who trains needs torch.
    from tests.bench.training_net import Examples, Plan, fit

    def tell(words: str) -> None:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()

    nation = NationalDivisions.load(asked.folder)
    communities = CommunityNames.load(asked.folder / COMMUNITIES)
    # One in five is kept from the teachers, who tell the student how sure they are of what they never saw.
    unseen, real = addresses[::5], [one for number, one in enumerate(addresses) if number % 5]
    changer = Changer(nation, real, asked.seed)
    maker = AddressMaker(nation, communities, asked.seed)

    def made_up(count: int) -> Iterator[Labelled]:
        # Every other one gets streets and places of the labelled addresses instead of common words.
        for number, address in enumerate(maker.addresses(count)):
            yield changer.changed(address) if number % 2 else address

    gentle = [*changer.addresses(asked.gentle), *made_up(asked.synthetic)]
    bold = [*changer.addresses(asked.bold, is_bold=True), *made_up(2 * asked.synthetic)]
    examples = Examples(*(examples_of(them, nation, communities) for them in (real, unseen, gentle, bold)))
    fit(examples, asked.folder / MODEL, Plan(seed=asked.seed), tell)


def _report(tagger: Tagger, addresses: Sequence[Labelled]) -> None:
    lines = [str(score) for score in evaluate(tagger, addresses)]
    rate = addresses_per_second(tagger, [text_and_parts(address)[0] for address in addresses])
    lines.append(f"{len(addresses)} addresses, {rate:,.0f} per second of processor time")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
