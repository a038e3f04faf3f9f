"""The tables: each node type, each target and each pass, how it is shown and explained.

They are TOML files beside this one. A new node, target, pass or explanation is one row there and no
code.
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


class PassRow(msgspec.Struct, frozen=True):
    """What a pass does, for a learner; its table is in the order of the pipeline."""

    title: str
    en: str
    zh: str


class CodegenRow(msgspec.Struct, frozen=True):
    """A codegen class of TVM: the class it is derived from, the languages of what it writes."""

    base: str = ""
    languages: tuple[str, ...] = ()


class VisitorRow(msgspec.Struct, frozen=True):
    """The C++ function that writes a node type, and the codegen classes that have their own.

    ``other`` is what it is where a class has another one.
    """

    method: str
    classes: tuple[str, ...]
    other: dict[str, str] = {}


class EnginePartRow(msgspec.Struct, frozen=True):
    """A part of the engine that can be off while the others work.

    ``needs`` names the parts it is built on, ``modules`` those of ``viz`` that must be importable.
    """

    title: str
    needs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    essential: bool = False


class TvmNameRow(msgspec.Struct, frozen=True):
    """A name of TVM that TIRscope leans on, where, and what is off and breaks without it.

    ``fields`` must be there by reflection, ``parameters`` in the signature, ``members`` as
    attributes. With ``find`` the name is a module, which is looked for and not imported.
    """

    name: str
    used: tuple[str, ...]
    parts: tuple[str, ...]
    breaks: str
    fields: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    find: bool = False


@cache
def nodes() -> dict[str, NodeRow]:
    """Return the node types' rows by ``type_key``."""
    return _table("nodes.toml", "node", NodeRow)


@cache
def targets() -> dict[str, TargetRow]:
    """Return the targets' rows by name, the usable ones first."""
    return _table("targets.toml", "target", TargetRow)


@cache
def passes() -> dict[str, PassRow]:
    """Return the passes' rows by the name that TVM gives them."""
    return _table("passes.toml", "pass", PassRow)


@cache
def codegens() -> dict[str, CodegenRow]:
    """Return the codegen classes' rows by name."""
    return _table("visitors.toml", "codegen", CodegenRow)


@cache
def visitors() -> dict[str, VisitorRow]:
    """Return by ``type_key`` which functions write a node."""
    return _table("visitors.toml", "visitor", VisitorRow)


@cache
def engine_parts() -> dict[str, EnginePartRow]:
    """Return the rows of the engine's parts by name."""
    return _table("tvm_names.toml", "part", EnginePartRow)


@cache
def tvm_names() -> tuple[TvmNameRow, ...]:
    """Return the rows of TVM's names that TIRscope leans on."""
    text = files(__package__).joinpath("tvm_names.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["names"], type=tuple[TvmNameRow, ...])


@cache
def signatures() -> list[tuple[str, str, str]]:
    """Return the members of T and I: name, parameters, the first sentence on each."""
    text = files(__package__).joinpath("signatures.json").read_text(encoding="utf-8")
    return msgspec.json.decode(text, type=list[tuple[str, str, str]])


def _table(name: str, key: str, row: type[Row]) -> dict[str, Row]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)[key], type=dict[str, row])  # type: ignore[valid-type]
