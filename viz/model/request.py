"""Requests, the parts that they ask for, and the JSON of both."""

from __future__ import annotations

from typing import Annotated

import msgspec

from viz.model.base import EngineName, Plain, Scalar
from viz.model.conversion import ConvertedModel, OnnxPart
from viz.model.emission import Origins, Source
from viz.model.launch import LaunchPart, LaunchReport
from viz.model.outcome import Environment, Outcome, ReferenceKind, ThreadOrder
from viz.model.overview import Overview
from viz.model.recording import StepRecording
from viz.model.running.cost import Causes, CausesPart, CostOptions
from viz.model.running.cost_advice import CostAdvice
from viz.model.running.in_browser import Clock, LaunchPlan, ShaderFault
from viz.model.running.inputs import InputKind
from viz.model.running.rule_trial import RuleLanguage, RuleTrial
from viz.model.schedule import (
    ChoicesPart,
    ScheduleChoices,
    SchedulePart,
    ScheduleReport,
    ScheduleSearch,
    SearchPart,
)
from viz.model.stages import Diff, Links, NodeLife, StageName, StageText
from viz.model.tree import Tree
from viz.model.verification import RaceReplay, Verification

EMULATED = "cuda-emulated"
"""The device that runs CUDA source on the CPU."""

OPENCL = "opencl"
"""The device, and the target, of OpenCL kernels."""

REMOTE = "remote"
"""The device that is another machine."""

PYTHON = "python"
"""The target that is no pipeline's end: the text of a stage, by the codegen of :mod:`viz.step`."""


class OverviewPart(Plain, tag="overview", frozen=True):
    """Ask for the definitions and functions of the text."""

    passes: bool = False
    """Also the passes of the target's build."""
    counts: bool = False
    """With ``passes``, also the node counts after each pass: most of what the passes cost."""
    functions: bool = True
    """Also the functions of the text; where one is chosen, a model of many is then not parsed."""


class TreePart(Plain, tag="tree", frozen=True):
    """Ask for the AST at a stage."""

    stage: StageName = "input"


class StageTextPart(Plain, tag="stage_text", frozen=True):
    """Ask for a stage as TVMScript, with marks."""

    stage: StageName = "input"


class DiffPart(Plain, tag="diff", frozen=True):
    """Ask for the text diff and the changed nodes between two stages."""

    before: StageName
    after: StageName
    lines: bool = True
    """Also the lines: to print both stages takes longer than to compare their nodes."""


class LinksPart(Plain, tag="links", frozen=True):
    """Ask which node of one stage became which node of a later one."""

    before: StageName
    after: StageName


class LifePart(Plain, tag="life", frozen=True):
    """Ask what happened to a node on its way through the target's build."""

    stage: StageName = "input"
    node: int = 0
    """Its id in the Tree of that stage."""


class SourcePart(Plain, tag="source", frozen=True):
    """Ask for the texts that the codegens of the request's target write."""

    marks: bool = True
    """Also which node wrote which characters."""
    schedule: bool = False
    """Also the module after the default GPU schedule as TVMScript, where that was applied."""
    compile: bool = False
    """Also, among the problems, whether a compiler of its language takes each text."""


class PythonPart(Plain, tag="python", frozen=True):
    """Ask for a stage as a Python program: of the pipeline of the request's target.

    Its marks name nodes of the Tree of that stage. Where a node has no rule, the reply has no
    emission and a problem that says why.
    """

    stage: StageName = "input"


class OriginsPart(Plain, tag="origins", frozen=True):
    """Ask where each node of the target's final tree comes from."""


class RunPart(Plain, tag="run", frozen=True):
    """Ask to run the function and compare its outputs with a reference."""

    device: str = "llvm"
    """Name of a device of the catalog; its row names the target that it runs."""
    seed: int = 0
    """Seed of the random inputs."""
    reference: str = ""
    """Text of a Python function ``def reference(A, B): …`` over NumPy arrays. If empty, that of the
    program's text, else the same program through another CPU codegen."""
    sizes: dict[str, int] = {}
    """Values of the variables in the buffers' shapes, by name."""
    ranges: dict[str, tuple[float, float]] = {}
    """Ranges of random inputs by name: low inclusive, high exclusive."""
    checked: bool = False
    """Look for mistakes in kernels (``cuda-emulated``), for indices outside of buffers (``c``)."""
    order: ThreadOrder = "forward"
    """For ``cuda-emulated``: the order in which threads take turns, ``shuffled`` by ``seed``."""
    inputs: InputKind = "normal"
    """What the buffers hold that no ``arrays`` are given for."""
    arrays: dict[str, bytes] = {}
    """Arrays to run on by the names of the parameters, each as a file of NumPy's format .npy. A
    file .npz has several: its own name counts for nothing. They give the variables in shapes that
    have no ``sizes``."""
    compare_with: ReferenceKind = ""
    """What the outputs are compared with; ``own`` is ``reference``."""
    rtol: float | None = None
    """The relative tolerance of each output, in place of that of its dtype and computation."""
    atol: float | None = None
    """The absolute one."""
    pictures: bool = False
    """Also a picture of each output beside its reference."""
    keep: bool = False
    """Also the arrays, if they are not too large."""
    timed: bool = False
    """Also how long calls take, beside what the machine reaches."""
    cost: CostOptions | None = None
    """For ``cuda-emulated``: also what the accesses cost."""

    @property
    def wants_outputs(self) -> bool:
        """Whether all blocks run for the outputs, though the cost is looked at within a budget.

        Where nothing is asked about outputs, those blocks alone run that are looked at, and those
        that a later kernel needs.
        """
        asked = self.reference or self.compare_with or self.pictures or self.keep
        return self.cost is None or not self.cost.budget or bool(asked)


class PlanPart(Plain, tag="plan", frozen=True):
    """Ask what a browser has to launch to run the function on its own GPU."""

    run: RunPart = RunPart(device="webgpu")
    """The run; its ``checked`` and ``order`` are of no effect."""


class ComputedPart(Plain, tag="computed", frozen=True):
    """Ask to compare what a browser computed with the reference of the same run."""

    run: RunPart = RunPart(device="webgpu")
    outputs: dict[str, bytes] = {}
    """The content of the plan's output buffers by name, with their sizes."""
    faults: tuple[ShaderFault, ...] = ()
    """Why it computed nothing: the reply is then an error with the place in the user's text."""
    adapter: str = ""
    """The GPU, in the browser's words."""
    build_seconds: float | None = None
    """Time to compile the shaders in the browser."""
    seconds: float | None = None
    """Time of all launches of one call."""
    clock: Clock = ""
    """What measured it."""


class CostAdvicePart(Plain, tag="cost_advice", frozen=True):
    """Ask for edits of the text after which a run on the emulator costs less.

    Each is applied to the text, run and measured; those that change an output are not shown.
    """

    run: RunPart = RunPart(device=EMULATED, cost=CostOptions())
    """The run that is measured; its ``device`` and ``keep`` are of no effect."""
    seconds: float = 30.0
    """Seconds after which no further edit is tried."""
    most: int = 12
    """Edits that are tried."""


class VerifyPart(Plain, tag="verify", frozen=True):
    """Ask to run every stage of the request's target on the same inputs, and compare them."""

    seed: int = 0
    """Seed of the random inputs."""
    reference: str = ""
    """Text of a reference for the first stage, as that of a RunPart; the text's if empty."""
    sizes: dict[str, int] = {}
    """Values of the variables in the buffers' shapes, by name; the others are chosen small."""
    rounds: int = 3_000_000
    """Rounds of its loops, threads included, after which a stage is stopped."""
    seconds: float = 40.0
    """Seconds after which no further stage is run."""
    last: int | None = None
    """The number of the last stage that is run; None for all."""


class RecordPart(Plain, tag="record", frozen=True):
    """Ask for a run as Python, recorded statement by statement.

    It is that of a stage of the pipeline of the request's target, on the inputs of a run.
    """

    stage: StageName = "input"
    name: str = ""
    """Name of the function that runs; ``main`` or the first if empty."""
    seed: int = 0
    """Seed of the random inputs."""
    sizes: dict[str, int] = {}
    """Values of the variables in the buffers' shapes, by name."""


class RacePart(Plain, tag="race", frozen=True):
    """Ask to replay a race that a checked run on the emulator finds."""

    number: int = 0
    """Which of the races that are found, from 0."""
    seed: int = 0
    sizes: dict[str, int] = {}
    """As of a RunPart."""
    barriers: bool = True
    """Also whether a barrier in the text ends it: each that is tried is compiled and run."""


class RulePart(Plain, tag="rule", frozen=True):
    """Ask what a codegen of our own writes with some rules of the user's in the place of ours.

    Rules are Python, which runs in a process of its own without files and network.
    """

    rules: Annotated[dict[str, str], msgspec.Meta(max_length=20)]
    """Texts that define ``rule``, by what it is for: a type such as ``Add`` or ``tirx.For``, or an
    operator such as ``exp``."""
    language: RuleLanguage = "python"
    stage: StageName = "input"
    name: str = ""
    """Name of the function whose outputs are compared; its ``main`` or first one if empty."""
    seed: int = 0
    sizes: dict[str, int] = {}


class EnvironmentPart(Plain, tag="environment", frozen=True):
    """Ask what this machine can do; the request needs no text."""


Part = (
    OverviewPart
    | TreePart
    | StageTextPart
    | DiffPart
    | LinksPart
    | LifePart
    | SourcePart
    | PythonPart
    | OriginsPart
    | LaunchPart
    | SchedulePart
    | ChoicesPart
    | SearchPart
    | RunPart
    | PlanPart
    | ComputedPart
    | CostAdvicePart
    | VerifyPart
    | RacePart
    | RecordPart
    | RulePart
    | CausesPart
    | OnnxPart
    | EnvironmentPart
)
Reply = (
    Overview
    | Tree
    | StageText
    | Diff
    | Links
    | NodeLife
    | Source
    | Origins
    | LaunchReport
    | ScheduleReport
    | ScheduleChoices
    | ScheduleSearch
    | Outcome
    | LaunchPlan
    | CostAdvice
    | Verification
    | RaceReplay
    | StepRecording
    | RuleTrial
    | Causes
    | ConvertedModel
    | Environment
)


class Options(Plain, frozen=True):
    """Settings of a target and of its build.

    >>> Options(arch="sm_90", config={"tirx.disable_vectorize": True})
    """

    arch: str = ""
    """Architecture, such as ``sm_90`` for cuda or ``znver4`` for llvm; the catalog's if empty."""
    attributes: dict[str, Scalar] = {}
    """Further attributes of the TVM target, such as ``{"max_num_threads": 512}``."""
    config: dict[str, Scalar] = {}
    """PassContext config, such as ``{"tirx.disable_vectorize": True}``."""


class Request(Plain, frozen=True):
    """A request for one part of what is known about one text."""

    text: str = ""
    definition: str = ""
    """Name of a definition; the first if empty."""
    arguments: dict[str, Scalar] = {}
    """Values of a factory's arguments, by name."""
    function: str = ""
    """Name of a PrimFunc of the definition; all of them if empty (one to run: ``main``)."""
    target: str = "c"
    """Name of a target of the catalog. A run does not read it: its device implies the target."""
    options: Options = Options()
    """Settings of the target, or of the device's target."""
    part: Part = OverviewPart()
    """What is asked for."""
    engine: EngineName = ""
    """Which engine answers: ``2024`` for the TVM of that year, today's or the only one if empty."""


REPLY_TYPES: dict[type, type] = {
    OverviewPart: Overview,
    TreePart: Tree,
    StageTextPart: StageText,
    DiffPart: Diff,
    LinksPart: Links,
    LifePart: NodeLife,
    SourcePart: Source,
    PythonPart: Source,
    OriginsPart: Origins,
    LaunchPart: LaunchReport,
    SchedulePart: ScheduleReport,
    ChoicesPart: ScheduleChoices,
    SearchPart: ScheduleSearch,
    RunPart: Outcome,
    PlanPart: LaunchPlan,
    ComputedPart: Outcome,
    CostAdvicePart: CostAdvice,
    VerifyPart: Verification,
    RacePart: RaceReplay,
    RecordPart: StepRecording,
    RulePart: RuleTrial,
    CausesPart: Causes,
    OnnxPart: ConvertedModel,
    EnvironmentPart: Environment,
}


def encode(data: msgspec.Struct) -> bytes:
    """Return a record as JSON in UTF-8, the same bytes for equal records."""
    return msgspec.json.encode(data, order="deterministic")


def decode_reply(part: Part, raw: bytes | msgspec.Raw) -> Reply:
    """Return the reply to a part from its JSON.

    Raises
    ------
    msgspec.ValidationError
        When the bytes are no JSON of the type that the part asks for.
    """
    reply: Reply = msgspec.json.decode(raw, type=REPLY_TYPES[type(part)])
    return reply
