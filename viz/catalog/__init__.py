"""The tables: how each node type is shown and explained, and what each target is.

They are TOML files beside this one. A new node, target or explanation is one row there and no code.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TypeVar

import msgspec

from viz.model import Scalar

Row = TypeVar("Row")


class NodeRow(msgspec.Struct, frozen=True):
    """How a node type is shown.

    ``fold`` names the child fields a drawing leaves out until asked.
    """

    title: str
    colour: str
    fold: tuple[str, ...]
    en: str
    zh: str


class TargetRow(msgspec.Struct, frozen=True):
    """A target.

    ``attributes`` complete what TVM would guess, ``arch`` names the attribute for an architecture.

    ``unavailable`` says why it cannot be used here; such a row has no ``kind``.
    """

    title: str
    language: str
    en: str
    zh: str
    kind: str = ""
    gpu: bool = False
    host: str = ""
    arch: str = ""
    attributes: dict[str, Scalar] = {}
    device_title: str = ""
    unavailable: str = ""


@cache
def nodes() -> dict[str, NodeRow]:
    """Return the node types' rows by ``type_key``."""
    return _table("nodes.toml", "node", NodeRow)


@cache
def targets() -> dict[str, TargetRow]:
    """Return the targets' rows by name, the usable ones first."""
    return _table("targets.toml", "target", TargetRow)


def _table(name: str, key: str, row: type[Row]) -> dict[str, Row]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)[key], type=dict[str, row])  # type: ignore[valid-type]
