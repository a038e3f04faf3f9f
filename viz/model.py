"""The plain data that crosses every boundary: requests, their parts, replies and frames.

All of it is frozen and goes through JSON or msgpack and back unchanged. Spans and offsets are code
points in the text the user typed unless a docstring says otherwise; seconds are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from viz.text import Span

Scalar = bool | int | float | str
Severity = Literal["error", "warning", "info"]
Kind = Literal["module", "func", "stmt", "expr", "type", "other"]


class Plain(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the records: frozen, by keyword, defaults left out when serialised."""


# ---------------------------------------------------------------- the user's text, as read


class Problem(Plain, frozen=True):
    """Something the user should know: an error, a warning, a remark."""

    code: str
    message: str
    severity: Severity = "error"
    span: Span | None = None
    hint: str = ""


class Edit(Plain, frozen=True):
    """One older spelling brought up to date; ``span`` is where it stands in the user's text."""

    rule: str
    span: Span
    old: str
    new: str
    note: str


class LeftOut(Plain, frozen=True):
    """A statement of the pasted file that is not TVMScript and was not used."""

    span: Span
    what: str
    hint: str = ""


class Argument(Plain, frozen=True):
    """An argument of a factory (``def make(N): @T.prim_func …``) that the user fills in."""

    name: str
    default: Scalar | None = None
    annotation: str = ""


class Definition(Plain, frozen=True):
    """A PrimFunc, a module class, or a factory of one, found in the user's text."""

    name: str
    kind: Literal["function", "module", "factory"]
    span: Span
    arguments: tuple[Argument, ...] = ()


class Parameter(Plain, frozen=True):
    """A parameter of a PrimFunc: a buffer when it has a shape, else a scalar."""

    name: str
    dtype: str
    shape: tuple[str, ...] | None = None
    written: bool = False
    symbols: tuple[str, ...] = ()
    """Names of the variables in its shape; they get a size when the program runs."""


class Function(Plain, frozen=True):
    """A PrimFunc of the parsed module."""

    name: str
    parameters: tuple[Parameter, ...]
    span: Span | None = None
    bound: bool = False
    """Whether its loops are bound to GPU threads already."""


class Overview(Plain, frozen=True):
    """What the text holds, and what had to be done to read it."""

    definitions: tuple[Definition, ...] = ()
    definition: str = ""
    functions: tuple[Function, ...] = ()
    edits: tuple[Edit, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    problems: tuple[Problem, ...] = ()
    script: str = ""
    """The module as TVM prints it today."""


# ---------------------------------------------------------------- trees


class Child(Plain, frozen=True):
    """An edge: the field of the parent (``body``, ``seq[0]``) and the node it leads to."""

    field: str
    id: int


class Node(Plain, frozen=True):
    """One node of the AST, by occurrence: a variable used twice is two nodes.

    ``path`` leads from the module to the node through field names and is unique in its tree.
    ``fields`` holds what is no node: names, numbers, attributes, as short texts.
    """

    id: int
    path: str
    kind: Kind
    type_key: str
    title: str
    label: str = ""
    dtype: str = ""
    fields: dict[str, str] = {}
    children: tuple[Child, ...] = ()
    span: Span | None = None


class Tree(Plain, frozen=True):
    """All nodes of a stage in pre-order; ``nodes[i].id == i`` and ``nodes[0]`` is the root."""

    stage: str
    target: str = ""
    nodes: tuple[Node, ...] = ()

    def walk(self, start: int = 0) -> Iterator[Node]:
        """Yield the node ``start`` and everything below it, parents before children."""
        stack = [start]
        while stack:
            node = self.nodes[stack.pop()]
            yield node
            stack.extend(child.id for child in reversed(node.children))


# ---------------------------------------------------------------- generated source


class Emission(Plain, frozen=True):
    """One text a codegen wrote. ``form`` tells LLVM IR from assembly; else it is ``source``."""

    part: Literal["host", "device"]
    title: str
    language: str
    text: str
    form: Literal["source", "ir", "assembly"] = "source"


class Schedule(Plain, frozen=True):
    """What the default GPU schedule made of functions whose loops were not bound to threads."""

    functions: tuple[str, ...]
    script: str
    rules: tuple[str, ...] = ()


class Source(Plain, frozen=True):
    """Everything the codegens wrote for one target, the text one came to see first."""

    target: str
    emissions: tuple[Emission, ...]
    schedule: Schedule | None = None
    problems: tuple[Problem, ...] = ()
    target_text: str = ""
    """The full target as TVM understood it, as JSON."""


# ---------------------------------------------------------------- running


class Sample(Plain, frozen=True):
    """An element of an output: where it is, what came out, what should have."""

    index: tuple[int, ...]
    got: float | None
    expected: float | None


class Comparison(Plain, frozen=True):
    """One output against its reference. Errors are None where they are not finite."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    passed: bool
    max_abs: float | None
    max_rel: float | None
    rtol: float
    atol: float
    mismatches: int
    first: Sample | None = None
    worst: Sample | None = None
    head: tuple[Sample, ...] = ()


class Input(Plain, frozen=True):
    """An input that was made: its shape and first values."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    head: tuple[float | None, ...] = ()


class Outcome(Plain, frozen=True):
    """What happened when the program ran.

    ``device`` is what was asked for, ``ran`` what ran, in words; they differ when the device is
    missing. ``seconds`` is the mean time of one call by the engine's own evaluator, after one
    warm-up.
    """

    device: str
    ran: str
    passed: bool
    reference: str
    comparisons: tuple[Comparison, ...] = ()
    inputs: tuple[Input, ...] = ()
    sizes: dict[str, int] = {}
    seconds: float | None = None
    seed: int = 0
    problems: tuple[Problem, ...] = ()


# ---------------------------------------------------------------- the environment


class Check(Plain, frozen=True):
    """One line of ``doctor``: what was looked at, what was found, whether it is good."""

    name: str
    state: Literal["ok", "missing", "broken"]
    found: str
    hint: str = ""


class Environment(Plain, frozen=True):
    """What this machine and its TVM can do."""

    checks: tuple[Check, ...]
    devices: tuple[str, ...] = ()


# ---------------------------------------------------------------- requests


class OverviewPart(Plain, tag="overview", frozen=True):
    """Ask what the text holds."""


class TreePart(Plain, tag="tree", frozen=True):
    """Ask for the AST at a stage: ``input``, ``scheduled``, or ``final`` (what codegens get)."""

    stage: Literal["input", "scheduled", "final"] = "input"


class SourcePart(Plain, tag="source", frozen=True):
    """Ask for the texts of the request's target."""


class RunPart(Plain, tag="run", frozen=True):
    """Ask to run the function and compare its outputs with a reference.

    ``reference`` is the text of a Python function ``def reference(A, B): …`` over NumPy arrays, or
    empty: then the unscheduled program on LLVM is the reference. ``sizes`` gives symbolic extents
    a value, ``ranges`` bounds random inputs (low inclusive, high exclusive), both by name.
    """

    device: str = "llvm"
    seed: int = 0
    reference: str = ""
    sizes: dict[str, int] = {}
    ranges: dict[str, tuple[float, float]] = {}


class EnvironmentPart(Plain, tag="environment", frozen=True):
    """Ask what this machine can do; needs no text."""


Part = OverviewPart | TreePart | SourcePart | RunPart | EnvironmentPart
Reply = Overview | Tree | Source | Outcome | Environment


class Options(Plain, frozen=True):
    """What the user set for a target: architecture, further attributes, PassContext config."""

    arch: str = ""
    attributes: dict[str, Scalar] = {}
    config: dict[str, Scalar] = {}


class Request(Plain, frozen=True):
    """One question about one text.

    ``definition`` and ``function`` are names, empty for the first; ``arguments`` fill in a factory.
    """

    text: str = ""
    definition: str = ""
    arguments: dict[str, Scalar] = {}
    function: str = ""
    target: str = "c"
    options: Options = Options()
    part: Part = OverviewPart()


# ---------------------------------------------------------------- frames of a job


class Progress(Plain, tag="progress", frozen=True):
    """The job lives and is at this step."""

    step: str


class Answer(Plain, tag="answer", frozen=True):
    """The part that was asked for, as JSON of its type (see :func:`decode_reply`)."""

    reply: msgspec.Raw


class End(Plain, tag="end", frozen=True):
    """The last frame: ``ok``, or why there is no answer."""

    status: Literal["ok", "failed", "timeout", "crashed", "cancelled"]
    problem: Problem | None = None
    seconds: float = 0.0


Frame = Progress | Answer | End

REPLY_TYPES: dict[type, type] = {
    OverviewPart: Overview,
    TreePart: Tree,
    SourcePart: Source,
    RunPart: Outcome,
    EnvironmentPart: Environment,
}


class Analysis(Plain, frozen=True):
    """The overview of a text and the parts that were asked for, by target name."""

    text: str
    overview: Overview
    tree: Tree | None = None
    finals: dict[str, Tree] = {}
    sources: dict[str, Source] = {}
    problems: dict[str, Problem] = {}
    """Why a target has no source, by target name."""


def encode(data: msgspec.Struct) -> bytes:
    """Return a record as JSON, the same bytes for equal records."""
    return msgspec.json.encode(data, order="deterministic")


def decode_reply(part: Part, raw: bytes | msgspec.Raw) -> Reply:
    """Return the reply to a part from its JSON.

    Raises
    ------
    msgspec.ValidationError
        When the bytes are not what the part asked for.
    """
    reply: Reply = msgspec.json.decode(raw, type=REPLY_TYPES[type(part)])
    return reply
