"""Define the queries by which a lesson names a node, a number or a word without writing it down.

A query is a table of TOML such as ``{node = "For", nth = 2}``. Its first word says what is asked
for; the rest narrows it. What it is at is computed from the engine's replies about the program of
the lesson (:mod:`viz.learn.evidence`), so another TVM gives another answer, or none.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

from viz.learn.errors import FormError
from viz.messages import message_of
from viz.model.running.cost import AccessKind


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the queries: a misspelt word in one is an error."""


Nth = Annotated[int, msgspec.Meta(ge=1)]


class PlaceQuery(_Form, frozen=True):
    """A node: ``{node = "BufferStore", nth = 2}`` or ``{wrote = "x[i] < 5", target = "c"}``."""

    node: str = ""
    """Its type, such as ``For``, or ``*`` for any, in the order of the program."""
    wrote: str = ""
    """In place of that, characters of a source: the outermost node whose own they are. It is that
    of the program where it comes from one, else that which the codegen was given."""
    target: str = "c"
    """The target of that source."""
    nth: Nth = 1
    at: str = "input"
    """The tree: ``input``, the name of a target for what its codegen gets, or such as
    ``cuda/scheduled``."""
    label: str = ""
    """What its label has in it, such as the name of a variable."""
    text: str = ""
    """The characters of the program that it stands for, with any white space."""
    parent: bool = False
    """Whether the node around it is meant."""


class CountQuery(_Form, frozen=True):
    """How many nodes of a type a tree has: ``{count = "BufferStore"}``."""

    count: str
    """A type, or a kind in small letters: ``stmt``, ``expr``, ``func``."""
    at: str = "input"
    label: str = ""


class PassQuery(_Form, frozen=True):
    """The pass after which a type of node is gone for good: ``{pass_removing = "SBlock"}``."""

    pass_removing: str
    target: str = "c"


class AddingPassQuery(_Form, frozen=True):
    """The first pass after which there is a type of node: ``{pass_adding = "AssertStmt"}``."""

    pass_adding: str
    target: str = "c"


class NextPassQuery(_Form, frozen=True):
    """The next pass to change the program: ``{pass_after = "FlattenBuffer"}``."""

    pass_after: str
    target: str = "c"


class PassesQuery(_Form, frozen=True):
    """How many passes ran, or changed the program: ``{passes = "changed"}``."""

    passes: Literal["all", "changed"]
    target: str = "c"


class OccurrencesQuery(_Form, frozen=True):
    """How often some characters stand in a source: ``{occurrences = "for (", target = "cuda"}``."""

    occurrences: str
    target: str = "c"
    part: Literal["", "host", "device"] = ""
    """The text: that of the device where there is one, if empty."""


class TypeQuery(_Form, frozen=True):
    """The type of a node, such as ``IfThenElse``: ``{type_of = {wrote = "x[i] < 5"}}``."""

    type_of: PlaceQuery


class DtypeQuery(_Form, frozen=True):
    """The type of an expression's value, such as ``int32``: ``{dtype_of = {node = "Mul"}}``."""

    dtype_of: PlaceQuery


class LabelQuery(_Form, frozen=True):
    """What tells a node from others of its type: ``{label_of = {node = "IntImm"}}``."""

    label_of: PlaceQuery


class FieldQuery(_Form, frozen=True):
    """The field of its parent that a node stands in: ``{field_of = {node = "Mul"}}``."""

    field_of: PlaceQuery


class RoundsQuery(_Form, frozen=True):
    """How often a statement runs in one call: ``{rounds_of = {node = "BufferStore"}}``."""

    rounds_of: PlaceQuery


class ThreadQuery(_Form, frozen=True):
    """The axis that a loop is bound to, ``none`` if it is not: ``{thread_of = {node = "For"}}``."""

    thread_of: PlaceQuery


class UseQuery(_Form, frozen=True):
    """Whether elements of a buffer are read, and written: ``{use_of = "A"}``.

    It is ``read``, ``written``, ``both`` or ``neither``.
    """

    use_of: str


class WrittenQuery(_Form, frozen=True):
    """The longest piece that a node wrote: ``{written_by = {node = "For"}, target = "c"}``."""

    written_by: PlaceQuery
    target: str = "c"


class RulesQuery(_Form, frozen=True):
    """The rule of the default GPU schedule that was applied: ``{schedule_rule = "cuda"}``."""

    schedule_rule: str


class KernelsQuery(_Form, frozen=True):
    """How many kernels the calls of Relax functions became: ``{kernels = "cuda"}``."""

    kernels: str


class KernelOfQuery(_Form, frozen=True):
    """The kernel that a call became on a target: ``{kernel_of = {node = "Call"}}``."""

    kernel_of: PlaceQuery
    target: str = "cuda"


class StoragesQuery(_Form, frozen=True):
    """How many pieces of memory hold what the kernels hand on: ``{storages = "cuda"}``."""

    storages: str


class RefusedQuery(_Form, frozen=True):
    """Whether a target takes the program: ``{refused = "cuda"}`` is ``yes`` or ``no``."""

    refused: str


class RunQuery(_Form, frozen=True):
    """What a run says: ``{run = "verdict", device = "llvm"}``.

    ``verdict`` is ``right`` or ``wrong``. Of a checked run, ``check`` is its first mistake with the
    buffer, such as ``race total``, or ``nothing``; ``finding`` the kind of that mistake, ``buffer``
    its buffer; ``racers`` whether the threads of that race are of ``one-block`` or of
    ``two-blocks``. ``sectors`` are the sectors of global memory that all requests touch, of one
    ``buffer`` where that is named; ``request_sectors`` the most that a single request touches, and
    ``request_rounds`` the most rounds of the banks of shared memory that one takes. ``launches``
    are the kernels that the host program of an emulated run launches, each time it does.
    """

    run: Literal[
        "verdict",
        "check",
        "finding",
        "buffer",
        "racers",
        "sectors",
        "requests",
        "wavefronts",
        "request_sectors",
        "request_rounds",
        "launches",
    ]
    device: str = "llvm"
    buffer: str = ""
    kind: AccessKind | Literal[""] = ""
    budget: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Accesses of single threads after which no further block is looked at; 0 for all blocks."""


Stop = PassQuery | AddingPassQuery | NextPassQuery
"""Queries for a pass; a question with one is answered by going to its stop on the rail."""

NodeFact = TypeQuery | DtypeQuery | LabelQuery | FieldQuery | RoundsQuery | ThreadQuery
"""Queries for something about a node, the place of which is their only field."""

ModelFact = KernelsQuery | KernelOfQuery | StoragesQuery
"""Queries for what the calls of Relax functions became."""

Query = (
    PlaceQuery
    | Stop
    | CountQuery
    | PassesQuery
    | OccurrencesQuery
    | NodeFact
    | UseQuery
    | WrittenQuery
    | RulesQuery
    | ModelFact
    | RefusedQuery
    | RunQuery
)

NUMBERS = CountQuery | PassesQuery | OccurrencesQuery | RoundsQuery | KernelsQuery | StoragesQuery
"""Queries for a number, beside some of :class:`RunQuery`."""

COUNTED = ("sectors", "requests", "wavefronts")
"""What a :class:`RunQuery` counts."""

WORST = {"request_sectors": "sectors", "request_rounds": "wavefronts"}
"""What it takes of the worst request, with the figure that is meant."""

LAUNCHES = "launches"
"""What counts its launches."""

FOUND = ("check", "finding", "buffer", "racers")
"""What it takes of the mistakes that a checked run finds."""

_FORMS: dict[str, type[Any]] = {
    "node": PlaceQuery,
    "wrote": PlaceQuery,
    "pass_removing": PassQuery,
    "pass_adding": AddingPassQuery,
    "count": CountQuery,
    "pass_after": NextPassQuery,
    "passes": PassesQuery,
    "occurrences": OccurrencesQuery,
    "type_of": TypeQuery,
    "dtype_of": DtypeQuery,
    "label_of": LabelQuery,
    "field_of": FieldQuery,
    "rounds_of": RoundsQuery,
    "thread_of": ThreadQuery,
    "use_of": UseQuery,
    "written_by": WrittenQuery,
    "schedule_rule": RulesQuery,
    "kernels": KernelsQuery,
    "kernel_of": KernelOfQuery,
    "storages": StoragesQuery,
    "refused": RefusedQuery,
    "run": RunQuery,
}

_LINK = re.compile(r"(?P<node>\w+|\*)(#(?P<nth>[1-9]\d*))?(@(?P<at>[\w/-]+))?")


def is_number(query: Query) -> bool:
    """Return whether a query is for a number."""
    if isinstance(query, RunQuery):
        return query.run in (*COUNTED, *WORST, LAUNCHES)
    return isinstance(query, NUMBERS)


def query_of(table: object) -> Query:
    """Return the query of a table of TOML.

    Raises
    ------
    FormError
        When it is none, in words for whoever writes lessons.
    """
    if not isinstance(table, dict):
        raise FormError(message_of("lesson-query", known=tuple(_FORMS)))
    form = next((form for word, form in _FORMS.items() if word in table), None)
    if form is None:
        raise FormError(message_of("lesson-query", known=tuple(_FORMS)))
    try:
        query: Query = msgspec.convert(table, form)
    except msgspec.ValidationError as error:
        raise FormError(message_of("lesson-field", error=str(error))) from None
    return query


def link_query(words: str) -> PlaceQuery:
    """Return the query of a link such as ``For``, ``BufferStore#2`` or ``IfThenElse@cuda``.

    Raises
    ------
    FormError
        When the link is of another form.
    """
    if not (match := _LINK.fullmatch(words)):
        raise FormError(message_of("lesson-link", to=words))
    found = match.groupdict()
    return PlaceQuery(node=found["node"], nth=int(found["nth"] or 1), at=found["at"] or "input")
