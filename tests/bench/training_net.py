"""Fits the network of `gis_core/geocoding/tagging_net.py`, with jax, which only this program needs.

The loss is that of a conditional random field, plus that of each token by itself, which keeps the likely
marks of a token few. Against learning by heart: features and units are dropped by chance, weights decay,
and the weights kept are a running mean.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import random

from gis_core.geocoding.tagging_net import grammar

Weights = dict[str, Any]
Example = tuple[list[list[str]], list[str]]
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]

_LENGTHS = (12, 18, 26, 60, 200)
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """How the network is built and trained."""

    networks: int = 2
    vector: int = 64
    hidden: int = 64
    reaches: tuple[int, ...] = (1, 2, 4)
    rarest: int = 3  # a feature is learned if it was seen so often
    epochs: int = 12
    rate: float = 2e-3
    feature_drop: float = 0.5
    unit_drop: float = 0.5
    decay: float = 0.05
    mean: float = 0.995  # share of the old in the running mean of weights
    seed: int = 0


def fit(examples: Sequence[Example], path: Path, plan: Plan, tell: Callable[[str], None]) -> None:
    """Train networks on features and marks of addresses and write the file of weights."""
    marks = sorted({mark for _, its in examples for mark in its})
    counts = Counter(feature for its, _ in examples for token in its for feature in token)
    features = [one for one, count in counts.items() if count >= plan.rarest]
    tables = _Tables(
        {one: n for n, one in enumerate(features, start=1)}, {one: n for n, one in enumerate(marks)}
    )
    networks = [
        _fit_one(
            examples,
            tables,
            replace(plan, seed=plan.seed + n),
            lambda words, n=n: tell(f"network {n + 1}, {words}"),
        )
        for n in range(plan.networks)
    ]
    _write(path, plan, tables, networks)


def _fit_one(
    examples: Sequence[Example], tables: "_Tables", plan: Plan, tell: Callable[[str], None]
) -> dict[str, np.ndarray]:
    weights = _begin(plan, len(tables.numbers), len(tables.mark_numbers))
    loss = partial(_loss, plan=plan, rules=grammar(list(tables.mark_numbers)))
    step = jax.jit(partial(_step, loss=loss, plan=plan))
    moments = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
    kept, key, done = dict(weights), random.PRNGKey(plan.seed), 0
    chance = np.random.default_rng(plan.seed)
    total = plan.epochs * sum(1 for _ in tables.batches(examples, chance))
    for epoch in range(plan.epochs):
        losses = []
        for batch in tables.batches(examples, chance):
            done += 1
            key, now = random.split(key)
            rate = plan.rate * min(1, done / 100) * max(0.05, 1 - done / total)
            weights, moments, kept, lost = step(weights, moments, kept, batch, now, done, rate)
            losses.append(float(lost))
        tell(f"epoch {epoch + 1} of {plan.epochs}: loss {np.mean(losses):.3f}")
    return {name: np.asarray(value) for name, value in kept.items()}


@dataclass(frozen=True, slots=True)
class _Tables:
    numbers: dict[str, int]
    mark_numbers: dict[str, int]

    def batches(self, examples: Sequence[Example], chance: np.random.Generator) -> Iterator[Batch]:
        """The examples in batches of like length, in an order of chance."""
        by_length: dict[int, list[int]] = defaultdict(list)
        for number, (_, marks) in enumerate(examples):
            by_length[next(length for length in _LENGTHS if len(marks) <= length)].append(number)
        plans = []
        for length, group in by_length.items():
            order = chance.permutation(group)
            for start in range(0, len(order), _BATCH):
                chosen = list(order[start : start + _BATCH])
                chosen += list(chance.choice(group, _BATCH - len(chosen)))
                plans.append((length, chosen))
        chance.shuffle(plans)
        for length, chosen in plans:
            yield self._arrays([examples[number] for number in chosen], length)

    def _arrays(self, examples: Sequence[Example], length: int) -> Batch:
        # A width for all batches, so that jax compiles once for each length.
        features = np.zeros((len(examples), length, 48), np.int32)
        marks, present = (
            np.zeros((len(examples), length), np.int32),
            np.zeros((len(examples), length), np.float32),
        )
        for row, (tokens, its) in enumerate(examples):
            for at, (token, mark) in enumerate(zip(tokens, its, strict=True)):
                known = [self.numbers[one] for one in token if one in self.numbers][:48]
                features[row, at, : len(known)] = known
                marks[row, at] = self.mark_numbers[mark]
                present[row, at] = 1
        return features, marks, present


def _begin(plan: Plan, features: int, marks: int) -> Weights:
    keys = iter(random.split(random.PRNGKey(plan.seed), 3 + len(plan.reaches)))
    hidden, vector = plan.hidden, plan.vector
    weights = {
        "vectors": random.normal(next(keys), (features + 1, vector)) * 0.1,
        "entry": random.normal(next(keys), (vector, hidden)) / np.sqrt(vector),
        "exit": random.normal(next(keys), (hidden, marks)) * 0.02,
        "exit_bias": jnp.zeros(marks),
        "transitions": jnp.zeros((marks, marks)),
        "first": jnp.zeros(marks),
    }
    for number, _ in enumerate(plan.reaches):
        scale = 1.2 / np.sqrt(3 * hidden)
        weights[f"layer_{number}"] = random.normal(next(keys), (3, hidden, hidden)) * scale
        weights[f"layer_bias_{number}"] = jnp.zeros(hidden)
    return weights


def _emissions(weights: Weights, features: Any, present: Any, key: Any, plan: Plan) -> Any:
    keys = random.split(key, 1 + len(plan.reaches))
    stays = random.bernoulli(keys[0], 1 - plan.feature_drop, features.shape) / (1 - plan.feature_drop)
    heard = (features > 0) * stays
    summed = jnp.einsum("btkd,btk->btd", weights["vectors"][features], heard)
    hidden = jnp.tanh(summed) @ weights["entry"] * present[..., None]
    for number, reach in enumerate(plan.reaches):
        before, here, after = weights[f"layer_{number}"]
        wide = jnp.pad(hidden, ((0, 0), (reach, reach), (0, 0)))
        out = wide[:, : -2 * reach] @ before + hidden @ here + wide[:, 2 * reach :] @ after
        out = jax.nn.relu(out + weights[f"layer_bias_{number}"])
        out *= random.bernoulli(keys[number + 1], 1 - plan.unit_drop, out.shape) / (1 - plan.unit_drop)
        hidden = (hidden + out) * present[..., None]
    return hidden @ weights["exit"] + weights["exit_bias"]


def _loss(weights: Weights, batch: Batch, key: Any, *, plan: Plan, rules: tuple[Any, Any, Any]) -> Any:
    """Negative logarithm of the likelihood of the marks, together and each alone: a mean over addresses."""
    features, marks, present = batch
    starts, ends, follows = rules
    emitted = _emissions(weights, features, present, key, plan)
    first, transitions = weights["first"] + starts, weights["transitions"] + follows
    said = (jnp.take_along_axis(emitted, marks[..., None], 2)[..., 0] * present).sum(1)
    said += (transitions[marks[:, :-1], marks[:, 1:]] * present[:, 1:]).sum(1) + first[marks[:, 0]]
    odds = jnp.exp(jnp.clip(transitions, -50, 20))

    def forward(reached: Any, token: Any) -> Any:
        values, is_present = token
        top = reached.max(1, keepdims=True)
        onward = jnp.log(jnp.exp(reached - top) @ odds + 1e-30) + top + values
        return jnp.where(is_present[:, None] > 0, onward, reached), None

    rest = (emitted[:, 1:].transpose(1, 0, 2), present[:, 1:].T)
    reached, _ = jax.lax.scan(forward, emitted[:, 0] + first, rest)
    whole = (jax.nn.logsumexp(reached + ends, axis=1) - said).mean()
    apart = jax.nn.log_softmax(emitted)
    each = -(jnp.take_along_axis(apart, marks[..., None], 2)[..., 0] * present).sum(1).mean()
    return whole + each


def _step(
    weights: Weights,
    moments: list[Weights],
    kept: Weights,
    batch: Batch,
    key: Any,
    done: Any,
    rate: Any,
    *,
    loss: Callable[..., Any],
    plan: Plan,
) -> Any:
    """One step of Adam with decay of weights."""
    lost, slopes = jax.value_and_grad(loss)(weights, batch, key)
    first = jax.tree.map(lambda m, s: 0.9 * m + 0.1 * s, moments[0], slopes)
    second = jax.tree.map(lambda v, s: 0.99 * v + 0.01 * s * s, moments[1], slopes)

    def moved(weight: Any, m: Any, v: Any) -> Any:
        pace = (m / (1 - 0.9**done)) / (jnp.sqrt(v / (1 - 0.99**done)) + 1e-6)
        return weight - rate * pace - rate * plan.decay * weight

    weights = jax.tree.map(moved, weights, first, second)
    kept = jax.tree.map(lambda k, w: plan.mean * k + (1 - plan.mean) * w, kept, weights)
    return weights, [first, second], kept, lost


def _write(path: Path, plan: Plan, tables: _Tables, networks: list[dict[str, np.ndarray]]) -> None:
    """Vectors in eight bits with a scale for each column, all else in sixteen; votes are means."""
    vectors = np.concatenate([network["vectors"] for network in networks], axis=1)
    vectors[0] = 0
    scale = (np.abs(vectors).max(0) / 127).astype(np.float32)
    layers = {}
    for number, _ in enumerate(plan.reaches):
        layers[f"layer_{number}"] = np.stack([network[f"layer_{number}"] for network in networks], axis=1)
        layers[f"layer_bias_{number}"] = np.stack(
            [network[f"layer_bias_{number}"][None] for network in networks]
        )
    means = {name: np.mean([network[name] for network in networks], axis=0) for name in _MEANS}
    others = {
        "entry": np.stack([network["entry"] for network in networks]),
        "exit": np.stack([network["exit"] for network in networks]) / len(networks),
    }
    np.savez_compressed(
        path,
        marks=np.array("\n".join(tables.mark_numbers)),
        features=np.array("\n".join(tables.numbers)),
        reaches=np.array(plan.reaches),
        vectors=np.round(vectors / scale).astype(np.int8),
        vector_scale=scale,
        **{name: value.astype(np.float16) for name, value in (layers | means | others).items()},
    )


_MEANS = ("exit_bias", "transitions", "first")
