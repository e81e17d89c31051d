"""Fits the network of `gis_core/geocoding/tagging_net.py`, with torch, which only this program needs.

Several large networks, the teachers, learn from four in five of the labelled addresses, each from its own
chance. What they think together of each token of these, of the fifth that they did not see, and of many more
addresses, changed and made up ones, teaches one small network, the student, which alone is kept; it does
better than its teachers on addresses that none has seen.
The loss is that of a conditional random field, plus that of each token by itself, which keeps the likely
marks of a token few. Against learning by heart: features and units are dropped by chance, weights decay, and
the weights kept are a running mean.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from gis_core.geocoding.tagging_net import grammar

Example = tuple[list[list[str]], list[str]]
Tell = Callable[[str], None]

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """How a network is built and trained."""

    vector: int  # dimensions of a feature
    reaches: tuple[int, ...]  # of the layers of convolution
    memory: int  # units of a network that reads to and fro behind the convolutions; 0 for none
    feature_drop: float
    unit_drop: float
    epochs: int
    rate: float
    decay: float = 0.05
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained."""

    teachers: tuple[Shape, ...] = (
        Shape(128, (1, 2, 4), 0, 0.5, 0.5, 9, 2e-3, seed=1),
        Shape(128, (1,), 96, 0.5, 0.4, 7, 2e-3, seed=2),
        Shape(160, (1, 2), 112, 0.5, 0.5, 9, 2e-3, seed=12),
    )
    student: Shape = Shape(112, (1, 2, 4), 0, 0.2, 0.1, 16, 3e-3, decay=0.02)
    rarest: int = 6  # a feature is learned if it was seen so often
    others: float = 1.0  # addresses that are not real in an epoch, for each that is; others each time
    mean: float = 0.995  # share of the old in the running mean of weights
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """An address in numbers: features of all tokens in a row, how many of each token, and marks."""

    features: np.ndarray
    counts: np.ndarray
    marks: np.ndarray


@dataclass(frozen=True, slots=True)
class Examples:
    """What is learned from: features and marks of addresses."""

    real: Sequence[Example]
    unseen: Sequence[Example]  # real, too, but kept from the teachers
    gentle: Sequence[Example]  # changed so little that their labels can be trusted
    bold: Sequence[Example]


def fit(examples: Examples, path: Path, plan: Plan, tell: Tell) -> None:
    """Train and write the file of weights.

    Teachers learn from real addresses and gently changed ones; the student from real ones and what the
    teachers think of them and of boldly changed ones.
    """
    real, unseen, gentle, bold = examples.real, examples.unseen, examples.gentle, examples.bold
    marks = sorted({mark for _, its in (*real, *unseen, *gentle, *bold) for mark in its})
    counts = Counter(feature for its, _ in (*real, *gentle) for token in its for feature in token)
    features = [one for one, count in counts.items() if count >= plan.rarest]
    tell(f"{len(real)} and {len(unseen)} real addresses, {len(gentle)} gently and {len(bold)} boldly changed")
    tell(f"{len(features)} features, {len(marks)} marks")
    teachers, lessons = [], lessons_of((*real, *gentle), features, marks)
    for number, shape in enumerate(plan.teachers, start=1):
        other = replace(shape, seed=shape.seed + 100 * plan.seed)
        teachers.append(Network(other, len(features), marks))
        train(teachers[-1], lessons, len(real), plan, partial(_told, tell, f"teacher {number}"))
    lessons = lessons_of((*unseen, *real, *bold), features, marks)
    thought = taught(teachers, lessons)
    student = Network(replace(plan.student, seed=100 * plan.seed), len(features), marks)
    train(student, lessons, len(unseen) + len(real), plan, partial(_told, tell, "student"), thought)
    write(path, student, features, marks)


def _told(tell: Tell, who: str, words: str) -> None:
    tell(f"{who}, {words}")


def lessons_of(examples: Sequence[Example], features: Sequence[str], marks: Sequence[str]) -> list[Lesson]:
    """Addresses in numbers; a feature that is not learned is number 0, of which nothing is known."""
    number_of = {feature: number for number, feature in enumerate(features, start=1)}
    mark_numbers = {mark: number for number, mark in enumerate(marks)}
    return [
        Lesson(
            np.array([number_of.get(one, 0) for token in tokens for one in token], np.int32),
            np.array([len(token) for token in tokens], np.int64),
            np.array([mark_numbers[mark] for mark in its], np.int64),
        )
        for tokens, its in examples
    ]


def write(path: Path, network: "Network", features: Sequence[str], marks: Sequence[str]) -> None:
    """Vectors in eight bits with a scale for each column, all else in sixteen."""
    weights = {name: value.detach().numpy() for name, value in network.named_parameters()}
    vectors = weights.pop("vectors")
    vectors[0] = 0
    scale = (np.abs(vectors).max(0) / 127).astype(np.float32)
    others = {name.replace(".", "_"): value.astype(np.float16) for name, value in weights.items()}
    np.savez_compressed(
        path,
        marks=np.array("\n".join(marks)),
        features=np.array("\n".join(features)),
        reaches=np.array(network.shape.reaches),
        vectors=np.round(vectors / scale).astype(np.int8),
        vector_scale=scale,
        **others,
    )


class Network(nn.Module):
    """Features in, weights of marks out."""

    def __init__(self, shape: Shape, features: int, marks: Sequence[str]) -> None:
        """With random weights of the shape's seed."""
        super().__init__()
        torch.manual_seed(shape.seed)
        size, count = shape.vector, len(marks)
        self.shape = shape
        self.vectors = nn.Parameter(torch.randn(features + 1, size) * 0.1)
        scale = 1.2 / (3 * size) ** 0.5
        self.layers = nn.ParameterList(torch.randn(3, size, size) * scale for _ in shape.reaches)
        self.biases = nn.ParameterList(torch.zeros(size) for _ in shape.reaches)
        self.memory = (
            nn.LSTM(size, shape.memory, 2, batch_first=True, bidirectional=True, dropout=shape.unit_drop)
            if shape.memory
            else None
        )
        width = size + 2 * shape.memory
        self.exit = nn.Parameter(torch.randn(width, count) * 0.02)
        self.exit_bias = nn.Parameter(torch.zeros(count))
        self.transitions = nn.Parameter(torch.zeros(count, count))
        self.first = nn.Parameter(torch.zeros(count))
        for name, rule in zip(("starts", "ends", "follows"), grammar(marks), strict=True):
            self.register_buffer(name, torch.from_numpy(rule))

    def forward(self, batch: "Batch") -> Tensor:
        """How much speaks for each mark: address, token, mark."""
        heard = (batch.features > 0).float()
        heard = functional.dropout(heard, self.shape.feature_drop, self.training)
        summed = functional.embedding_bag(
            batch.features, self.vectors, batch.starts, mode="sum", per_sample_weights=heard
        )
        rows, width = batch.present.shape
        hidden = torch.zeros(rows * width, summed.shape[1])
        hidden = hidden.index_copy(0, batch.places, torch.tanh(summed)).view(rows, width, -1)
        present = batch.present[..., None]
        for layer, bias, reach in zip(self.layers, self.biases, self.shape.reaches, strict=True):
            wide = functional.pad(hidden, (0, 0, reach, reach))
            out = wide[:, : -2 * reach] @ layer[0] + hidden @ layer[1] + wide[:, 2 * reach :] @ layer[2]
            out = functional.dropout(torch.relu(out + bias), self.shape.unit_drop, self.training)
            hidden = (hidden + out) * present
        if self.memory is not None:
            lengths = batch.present.sum(1).long()
            packed = nn.utils.rnn.pack_padded_sequence(
                hidden, lengths, batch_first=True, enforce_sorted=False
            )
            read, _ = nn.utils.rnn.pad_packed_sequence(self.memory(packed)[0], True, total_length=width)
            hidden = torch.cat((hidden, functional.dropout(read, self.shape.unit_drop, self.training)), 2)
        return hidden @ self.exit + self.exit_bias

    def all_paths(self, emitted: Tensor, present: Tensor) -> Tensor:
        """Logarithm of the sum over all ways of marking each address."""
        odds = (self.transitions + self.follows).clamp(-50, 20).exp()
        reached = emitted[:, 0] + self.first + self.starts
        for at in range(1, emitted.shape[1]):
            top = reached.max(1, keepdim=True).values
            onward = torch.log((reached - top).exp() @ odds + 1e-30) + top + emitted[:, at]
            reached = torch.where(present[:, at, None] > 0, onward, reached)
        return torch.logsumexp(reached + self.ends, 1)

    def lost(self, emitted: Tensor, batch: "Batch") -> Tensor:
        """Negative logarithm of the likelihood of the marks together: a mean over addresses."""
        marks, present = batch.marks, batch.present
        said = (emitted.gather(2, marks[..., None])[..., 0] * present).sum(1)
        said = said + (self.transitions[marks[:, :-1], marks[:, 1:]] * present[:, 1:]).sum(1)
        said = said + self.first[marks[:, 0]]
        return (self.all_paths(emitted, present) - said).mean()

    def chances(self, batch: "Batch") -> Tensor:
        """The chance of each mark at each token, all marks of the address considered."""
        emitted = self(batch).detach().requires_grad_()
        (slope,) = torch.autograd.grad(self.all_paths(emitted, batch.present).sum(), emitted)
        return slope


@dataclass(frozen=True, slots=True)
class Batch:
    """Some addresses in arrays: features and the first of each token, then address by token."""

    features: Tensor
    starts: Tensor
    places: Tensor  # of each token among address by token
    marks: Tensor
    present: Tensor
    chances: Tensor | None = None


def batch_of(lessons: Sequence[Lesson], chances: Sequence[np.ndarray] | None = None) -> Batch:
    """Addresses side by side, as wide as the longest; with what the teachers think, where it is known."""
    lengths = np.array([len(lesson.marks) for lesson in lessons])
    width = int(lengths.max())
    counts = np.concatenate([lesson.counts for lesson in lessons])
    present = np.arange(width) < lengths[:, None]
    places = np.flatnonzero(present)
    marks = np.zeros(present.size, np.int64)
    marks[places] = np.concatenate([lesson.marks for lesson in lessons])
    thought = None
    if chances is not None:
        thought = torch.from_numpy(np.concatenate(chances).astype(np.float32))
    return Batch(
        torch.from_numpy(np.concatenate([lesson.features for lesson in lessons]).astype(np.int64)),
        torch.from_numpy(np.concatenate(([0], np.cumsum(counts)[:-1]))),
        torch.from_numpy(places),
        torch.from_numpy(marks.reshape(present.shape)),
        torch.from_numpy(present.astype(np.float32)),
        thought,
    )


def orders(lessons: Sequence[Lesson], chosen: np.ndarray, chance: np.random.Generator) -> list[np.ndarray]:
    """Batches of lessons of like length, in an order of chance."""
    length = np.array([len(lessons[number].marks) for number in chosen]) + chance.uniform(0, 3, len(chosen))
    ordered = chosen[np.argsort(length)]
    batches = [ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH)]
    return [batches[number] for number in chance.permutation(len(batches))]


def train(
    network: Network,
    lessons: Sequence[Lesson],
    real: int,
    plan: Plan,
    tell: Tell,
    chances: Sequence[np.ndarray] | None = None,
) -> None:
    """Fit a network: in each epoch the real lessons, which stand first, and a share of the others."""
    shape = network.shape
    chance = np.random.default_rng(shape.seed)
    others = real + chance.permutation(len(lessons) - real)
    taken = min(len(others), int(plan.others * real))
    steps = torch.optim.AdamW(
        network.parameters(), lr=shape.rate, betas=(0.9, 0.99), eps=1e-6, weight_decay=shape.decay
    )
    kept = {name: value.detach().clone() for name, value in network.named_parameters()}
    total, done = shape.epochs * ((real + taken) // _BATCH + 1), 0
    network.train()
    for epoch in range(shape.epochs):
        started, losses = time.process_time(), []
        chosen = np.concatenate((np.arange(real), np.roll(others, -epoch * taken)[:taken]))
        for numbers in orders(lessons, chosen, chance):
            done += 1
            for group in steps.param_groups:
                group["lr"] = shape.rate * min(1, done / 100) * max(0.02, 1 - done / total)
            thought = None if chances is None else [chances[number] for number in numbers]
            batch = batch_of([lessons[number] for number in numbers], thought)
            loss = _loss(network, batch)
            steps.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 20)
            steps.step()
            losses.append(loss.item())
            with torch.no_grad():
                for name, value in network.named_parameters():
                    kept[name].lerp_(value, max(1 - plan.mean, 1 / done))
        spent = time.process_time() - started
        tell(f"epoch {epoch + 1} of {shape.epochs}: loss {np.mean(losses):.3f}, {spent:.0f} s")
    with torch.no_grad():
        for name, value in network.named_parameters():
            value.copy_(kept[name])
    network.eval()


def _loss(network: Network, batch: Batch) -> Tensor:
    emitted = network(batch)
    apart = functional.log_softmax(emitted, 2).flatten(0, 1)[batch.places]
    rows = len(batch.present)
    if batch.chances is None:
        each = functional.nll_loss(apart, batch.marks.flatten()[batch.places], reduction="sum") / rows
        return network.lost(emitted, batch) + each
    each = -(batch.chances * apart).sum() / rows
    return 0.3 * network.lost(emitted, batch) + each


def taught(teachers: Sequence[Network], lessons: Sequence[Lesson]) -> list[np.ndarray]:
    """What the teachers think together of each token of the lessons."""
    thought: list[np.ndarray] = [np.zeros(0)] * len(lessons)
    for numbers in orders(lessons, np.arange(len(lessons)), np.random.default_rng(0)):
        batch = batch_of([lessons[number] for number in numbers])
        chances = torch.stack([teacher.chances(batch) for teacher in teachers]).mean(0)
        flat = chances.flatten(0, 1)[batch.places].numpy().astype(np.float16)
        ends = np.cumsum([len(lessons[number].marks) for number in numbers])[:-1]
        for number, its in zip(numbers, np.split(flat, ends), strict=True):
            thought[number] = its
    return thought
