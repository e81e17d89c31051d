"""Reads vector tiles for tests: layers, their features' properties and first points."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack
from typing import Any


@dataclass(frozen=True)
class Feature:
    """A feature: its properties and its first point in tile units."""

    properties: dict[str, Any]
    point: tuple[int, int]


def read_tile(data: bytes) -> dict[str, list[Feature]]:
    """The features of a tile by layer."""
    return dict(_layer(value) for number, value in _fields(data) if number == 3)


def _layer(data: bytes) -> tuple[str, list[Feature]]:
    fields = list(_fields(data))
    name = next(value.decode() for number, value in fields if number == 1)
    keys = [value.decode() for number, value in fields if number == 3]
    values = [_value(value) for number, value in fields if number == 4]
    return name, [_feature(value, keys, values) for number, value in fields if number == 2]


def _feature(data: bytes, keys: list[str], values: list[Any]) -> Feature:
    packed = dict(_fields(data))
    tags = list(_numbers(packed.get(2, b"")))
    geometry = list(_numbers(packed[4]))
    pairs = zip(tags[::2], tags[1::2], strict=True)
    point = (_signed(geometry[1]), _signed(geometry[2]))
    return Feature({keys[key]: values[value] for key, value in pairs}, point)


def _value(data: bytes) -> Any:
    number, value = next(_fields(data))
    if number == 1:
        return value.decode()
    if number in (2, 3):
        return unpack("<f" if number == 2 else "<d", value)[0]
    return _signed(value) if number == 6 else bool(value) if number == 7 else value


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            length, at = _varint(data, at)
        else:
            length = {1: 8, 5: 4}[kind]
        yield tag >> 3, data[at : at + length]
        at += length


def _numbers(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        number, at = _varint(data, at)
        yield number


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
