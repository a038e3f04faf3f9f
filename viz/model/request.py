"""Requests, their parts, and the frames of a job."""

from __future__ import annotations

import msgspec

from viz.model.base import Plain, Scalar
from viz.model.emission import Origins, Source
from viz.model.outcome import Environment, Outcome, ThreadOrder
from viz.model.overview import Overview
from viz.model.stages import Diff, Links, StageName, StageText
from viz.model.tree import Tree

EMULATED = "cuda-emulated"
"""The device that runs CUDA text without a GPU."""


class OverviewPart(Plain, tag="overview", frozen=True):
    """Ask what the text holds; with ``passes``, also what the target's passes did.

    How many nodes each of them left is said with ``counts``: that is most of what rows cost.
    """

    passes: bool = False
    counts: bool = False


class TreePart(Plain, tag="tree", frozen=True):
    """Ask for the AST at a stage."""

    stage: StageName = "input"


class StageTextPart(Plain, tag="stage_text", frozen=True):
    """Ask for a stage as TVMScript, with its marks."""

    stage: StageName = "input"


class DiffPart(Plain, tag="diff", frozen=True):
    """Ask what happened between two stages."""

    before: StageName
    after: StageName


class LinksPart(Plain, tag="links", frozen=True):
    """Ask which node of one stage became which of a later one."""

    before: StageName
    after: StageName


class SourcePart(Plain, tag="source", frozen=True):
    """Ask for the texts of the request's target; with ``marks``, also which node wrote what.

    With ``schedule`` the default schedule of a GPU target is printed, where it got one.
    """

    marks: bool = True
    schedule: bool = False


class OriginsPart(Plain, tag="origins", frozen=True):
    """Ask where each node of the target's final tree comes from."""


class RunPart(Plain, tag="run", frozen=True):
    """Ask to run the function and compare its outputs with a reference.

    ``reference`` is the text of a Python function ``def reference(A, B): …`` over NumPy arrays, or
    empty: then the unscheduled program on LLVM is the reference. ``sizes`` gives symbolic extents
    a value, ``ranges`` bounds random inputs (low inclusive, high exclusive), both by name.
    ``checked`` and ``order`` are for ``cuda-emulated``: look for mistakes in the kernels, and in
    which order their threads take turns (``shuffled`` by ``seed``).
    """

    device: str = "llvm"
    seed: int = 0
    reference: str = ""
    sizes: dict[str, int] = {}
    ranges: dict[str, tuple[float, float]] = {}
    checked: bool = False
    order: ThreadOrder = "forward"


class EnvironmentPart(Plain, tag="environment", frozen=True):
    """Ask what this machine can do; needs no text."""


Part = (
    OverviewPart
    | TreePart
    | StageTextPart
    | DiffPart
    | LinksPart
    | SourcePart
    | OriginsPart
    | RunPart
    | EnvironmentPart
)
Reply = Overview | Tree | StageText | Diff | Links | Source | Origins | Outcome | Environment


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


REPLY_TYPES: dict[type, type] = {
    OverviewPart: Overview,
    TreePart: Tree,
    StageTextPart: StageText,
    DiffPart: Diff,
    LinksPart: Links,
    SourcePart: Source,
    OriginsPart: Origins,
    RunPart: Outcome,
    EnvironmentPart: Environment,
}


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
