"""Load the TOML tables of node types, targets, devices, passes and codegens.

A new node type, target, pass or explanation is one row of a table in this folder, and no code.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TypeVar

import msgspec

from viz.messages import Words
from viz.model import LEGACY, EngineName, Scalar

Row = TypeVar("Row")

ENGINE_SIGN = "@"
"""What stands between a target and the engine that lowers for it, as in ``cuda@2024``."""


class NodeRow(msgspec.Struct, frozen=True):
    """A node type: its short name, its colour, and an explanation for learners.

    ``fold`` names the child fields that a drawing leaves out until they are unfolded.
    ``shows_dtype`` is false for a type whose box never has the dtype.
    """

    title: str
    colour: str
    fold: tuple[str, ...]
    en: str
    zh: str
    shows_dtype: bool = True


class TargetRow(msgspec.Struct, frozen=True):
    """A target.

    ``kind`` is TVM's target kind, ``host`` the target of the host functions of a GPU target.
    ``attributes`` are set where TVM would guess from the machine, ``arch`` names the attribute that
    holds an architecture, of which ``architectures`` are all; empty where TVM knows them.
    ``unavailable`` is the id of the message that says why the target cannot be used here; such a
    row has no ``kind``. One that is available and has no ``kind`` has no pipeline of its own: see
    :data:`viz.model.PYTHON`.
    """

    title: str
    language: str
    en: str
    zh: str
    kind: str = ""
    gpu: bool = False
    host: str = ""
    arch: str = ""
    architectures: tuple[str, ...] = ()
    attributes: dict[str, Scalar] = {}
    device_title: str = ""
    unavailable: str = ""

    @property
    def has_pipeline(self) -> bool:
        """Whether a program can be lowered for it here."""
        return bool(self.kind)


class DeviceRow(msgspec.Struct, frozen=True):
    """A device that programs run on: its name on the screen, and the target whose code it runs."""

    title: str
    target: str
    checks: bool = False
    """Whether it has a mode that looks for mistakes."""
    in_browser: bool = False
    """Whether it is a visitor's browser: only the page runs programs there."""


class PassRow(msgspec.Struct, frozen=True):
    """A pass: its name on the screen and an explanation for learners.

    The table is in the order of the pipeline.
    """

    title: str
    short: Words
    """A word of it."""
    en: str
    zh: str


class CodegenRow(msgspec.Struct, frozen=True):
    """A codegen class of TVM, or our own: its base class, and the languages that it writes.

    ``rule`` names, of our own, the rule of a node type ``{key}``.
    """

    base: str = ""
    languages: tuple[str, ...] = ()
    rule: str = ""


class VisitorRow(msgspec.Struct, frozen=True):
    """The C++ function that writes a node type, and the codegen classes that define it.

    ``other`` has the function of the classes that use another one, by class.
    """

    method: str
    classes: tuple[str, ...]
    other: dict[str, str] = {}


class EnginePartRow(msgspec.Struct, frozen=True):
    """A part of the engine that can be off while the others work.

    ``needs`` names the parts it is built on, ``modules`` those of ``viz`` that must be importable.
    """

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


Fields = frozenset[tuple[str, str]]
"""Fields of node types, each with the ``type_key`` of its type."""


class OperatorTable(msgspec.Struct, frozen=True):
    """Operators by what the C-like codegens do with calls of them."""

    open: frozenset[str]
    packed: frozenset[str]
    gives_up: frozenset[str]
    sets_argument: frozenset[str]
    memory: frozenset[str]


class TypeTable(msgspec.Struct, frozen=True):
    """Node types by how the C-like codegens write them."""

    unmarked_statements: frozenset[str]
    sealed: frozenset[str]
    simple_statements: frozenset[str]
    declarations: frozenset[str]
    leaving: frozenset[str]
    valued: frozenset[str]
    repeating: frozenset[str]


class TemporaryTable(msgspec.Struct, frozen=True):
    """Patterns of the names that codegens give to what they declare for themselves."""

    operand: str
    conditional: str
    vector: str


class FieldTable(msgspec.Struct, frozen=True):
    """Fields of node types by how the C-like codegens write them."""

    sealed: Fields
    sealed_below: Fields
    keeps_names: Fields
    not_written: Fields


class AttributeTable(msgspec.Struct, frozen=True):
    """Values of ``AttrStmt.attr_key`` by what the C-like codegens make of them."""

    sealed_bodies: frozenset[str]


class CodegenCalls(msgspec.Struct, frozen=True):
    """What the C-like codegens do with calls, types and fields.

    ``read_argument`` names the argument of a call that is read and not written,
    ``unwritten_arguments`` those that have no characters.
    """

    operators: OperatorTable
    read_argument: dict[str, int]
    types: TypeTable
    fields: FieldTable
    unwritten_arguments: dict[str, tuple[int, ...]]
    temporaries: TemporaryTable
    attributes: AttributeTable


class CodegenFields2024(msgspec.Struct, frozen=True):
    """Where an expression may bear a mark in the codegens of the TVM of 2024.

    ``fields`` lists them by node type, ``operators`` has the operators whose arguments may, but for
    those in ``read``.
    """

    operators: frozenset[str]
    read: dict[str, tuple[int, ...]]
    unmarked_statements: frozenset[str]
    leaving: frozenset[str]
    keeps_names: Fields
    passed: Fields
    fields: dict[str, frozenset[str]]


class RenamedRow(msgspec.Struct, frozen=True):
    """Today's name of a member of ``T``, and the last version that read the older one."""

    to: str
    until: str


class GoneRow(msgspec.Struct, frozen=True):
    """A spelling without equivalent: the last version that read it, and what to do instead.

    ``hint`` is the id of a message.
    """

    until: str
    hint: str


class SpellingTable(msgspec.Struct, frozen=True):
    """Older spellings of TVMScript.

    ``generation`` has the id of the message for the last version that read a spelling. ``dropped``
    lists keywords that need no mention any more, by the member of ``T`` that took them.
    """

    generation: dict[str, str]
    renamed: dict[str, RenamedRow]
    dropped: dict[str, tuple[str, ...]]
    gone: dict[str, GoneRow]
    gone_keyword: dict[str, GoneRow]


@cache
def spellings() -> SpellingTable:
    """Return the older spellings of TVMScript."""
    text = files(__package__).joinpath("spellings.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=SpellingTable)


class InstructionForm(msgspec.Struct, frozen=True):
    """How an older call of a PTX instruction is written today: see ``instructions.toml``."""

    text: str
    takes: str = ""
    where: dict[str, tuple[bool | int | str, ...]] = {}
    operands: str = ""
    result: str = ""
    until: str = "0.26"


@cache
def instructions() -> dict[str, tuple[InstructionForm, ...]]:
    """Return the forms of the older calls of PTX instructions, by member of ``T``.

    Those that a program gives come before those that TVM printed.
    """
    forms: dict[str, tuple[InstructionForm, ...]] = {}
    for name in ("instructions.toml", "printed_instructions.toml"):
        text = files(__package__).joinpath(name).read_text(encoding="utf-8")
        table = msgspec.convert(tomllib.loads(text), type=dict[str, tuple[InstructionForm, ...]])
        for member, rows in table.items():
            forms[member] = (*forms.get(member, ()), *rows)
    return forms


@cache
def codegen_calls() -> CodegenCalls:
    """Return what the C-like codegens do with calls, types and fields."""
    text = files(__package__).joinpath("codegen_calls.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=CodegenCalls)


@cache
def codegen_fields_2024() -> CodegenFields2024:
    """Return where an expression may bear a mark in the codegens of the TVM of 2024."""
    text = files(__package__).joinpath("codegen_calls_2024.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=CodegenFields2024)


@cache
def nodes() -> dict[str, NodeRow]:
    """Return the rows of the node types by ``type_key``, those of both generations of TVM."""
    return nodes_of("") | nodes_of("2024")


@cache
def nodes_of(generation: str) -> dict[str, NodeRow]:
    """Return the rows of the node types of one generation of TVM: today's, or ``2024``."""
    if not generation:
        return _table("nodes.toml", "node", NodeRow)
    text = files(__package__).joinpath(f"nodes_{generation}.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["node"]
    todays = msgspec.to_builtins(nodes_of(""))
    whole = {key: {**todays.get(row.pop("like", ""), {}), **row} for key, row in rows.items()}
    return msgspec.convert(whole, type=dict[str, NodeRow])


@cache
def targets() -> dict[str, TargetRow]:
    """Return the rows of the targets by name, the usable ones first."""
    return _table("targets.toml", "target", TargetRow)


def target(name: str) -> TargetRow | None:
    """Return the row of a target, also of one that names its engine, such as ``cuda@2024``."""
    base, engine = target_and_engine(name)
    row = targets().get(base)
    if row is None or not engine:
        return row
    return msgspec.structs.replace(row, title=f"{row.title} · {engine}")


def target_and_engine(name: str) -> tuple[str, EngineName]:
    """Return the target and the engine of a name such as ``cuda@2024``, or ``cuda``."""
    base, _, engine = name.partition(ENGINE_SIGN)
    return (base, LEGACY) if engine == LEGACY else (name, "")


@cache
def devices() -> dict[str, DeviceRow]:
    """Return the rows of the devices by name, the default one first."""
    return _table("targets.toml", "device", DeviceRow)


@cache
def passes() -> dict[str, PassRow]:
    """Return the rows of the passes by TVM's name for each."""
    return _table("passes.toml", "pass", PassRow)


@cache
def all_passes() -> dict[str, PassRow]:
    """Return the rows of the passes of both generations, those of 2024 last."""
    older = _table("passes_2024.toml", "pass", PassRow)
    same = _table("passes_2024.toml", "same", str)
    return {**passes(), **{name: passes()[row] for name, row in same.items()}, **older}


@cache
def codegens() -> dict[str, CodegenRow]:
    """Return the rows of the codegen classes by class name."""
    return _table("visitors.toml", "codegen", CodegenRow)


@cache
def visitors() -> dict[str, VisitorRow]:
    """Return the functions that write a node, by its ``type_key``."""
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
    """Return name, parameters and first sentence of the docs of each member of T and I."""
    text = files(__package__).joinpath("signatures.json").read_text(encoding="utf-8")
    return msgspec.json.decode(text, type=list[tuple[str, str, str]])


def _table(name: str, key: str, row: type[Row]) -> dict[str, Row]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)[key], type=dict[str, row])  # type: ignore[valid-type]
