"""Definitions and functions of the user's text, and what was done to read it."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.messages import Message
from viz.model.base import Described, Plain, Problem, Scalar
from viz.model.stages import Pass
from viz.text import Span


class Edit(Described, frozen=True, kw_only=True):
    """An older spelling of TVMScript that was replaced by today's, and why, in a few words."""

    rule: str
    """Name of the spelling rule, such as ``renamed``."""
    span: Span
    """Place of the old spelling in the user's text, in code points."""
    old: str
    new: str
    until: str = ""
    """The last version of TVM that read the old spelling, such as ``0.23``."""


class LeftOut(Described, frozen=True, kw_only=True):
    """A statement of the text that is not TVMScript and was not used.

    ``what`` is what it is in a few words, such as ``an import``; the hint is what to do to see it.
    """

    span: Span
    """Its place in the user's text, in code points."""


class Argument(Plain, frozen=True):
    """An argument of a factory, a Python function ``def make(N): @T.prim_func …``."""

    name: str
    default: Scalar | None = None
    """Its default, where that is a constant; an argument without one must be given."""
    annotation: str = ""
    """Its annotation as Python text, or empty."""


class Definition(Plain, frozen=True):
    """A PrimFunc, a module class, or a factory of one, in the user's text."""

    name: str
    kind: Literal["function", "module", "factory"]
    span: Span
    """Its place in the user's text, decorators included, in code points."""
    arguments: tuple[Argument, ...] = ()
    """The arguments of a factory."""


class Parameter(Plain, frozen=True):
    """A parameter of a function: a buffer or a tensor when it has a shape, else a scalar.

    Of a Relax function it may be something else, such as a tuple: then its type is the ``dtype``.
    """

    name: str
    dtype: str
    shape: tuple[str, ...] | None = None
    """The extents as expressions, such as ``("n", "16")``; None for a scalar."""
    written: bool = False
    """Whether the function writes it."""
    symbols: tuple[str, ...] = ()
    """Names of the variables in its shape, which get a value when the program runs."""


class Function(Plain, frozen=True):
    """A PrimFunc or a Relax function of the parsed module."""

    name: str
    parameters: tuple[Parameter, ...]
    span: Span | None = None
    """Place of its name in the user's text, in code points; None for a module made elsewhere."""
    bound: bool = False
    """Whether loops of it are bound to GPU threads."""
    kind: Literal["prim_func", "relax"] = "prim_func"


class ModelPart(Plain, frozen=True, order=True):
    """A part of a model of another framework: a layer, or an operator."""

    path: str
    """Its name in the model, such as ``layers.0.fc``."""
    kind: str
    """What it is, such as ``Linear`` or an operator of ONNX."""
    file: str = ""
    """The file of the line of Python that computes it, empty where that is not known."""
    line: int = 0
    """The number of that line, from 1."""
    code: str = ""
    """The text of that line."""


class ModelOrigin(Plain, frozen=True, order=True):
    """The part of a model that a statement of a Relax function was made from.

    A comment of the text says it (:mod:`viz.frontend.models.origins`).
    """

    span: Span
    """The place of the statement in the user's text, in code points."""
    part: ModelPart


class RelaxCall(Plain, frozen=True):
    """A call of the user's in a Relax function."""

    node: int
    """Its id in the Tree of the stage ``input``."""
    operator: str
    """The operator, such as ``relax.matmul``."""
    span: Span | None = None
    """Its place in the user's text, in code points."""
    callee: str = ""
    """The PrimFunc of the user's that ``relax.call_tir`` calls; empty for other operators."""


UNKNOWN = "?"
"""An amount that nobody can tell before the program runs."""

Amount = int | str
"""A number, an expression such as ``n * 128`` where shapes have variables, or ``UNKNOWN``."""


class RelaxKernel(Plain, frozen=True):
    """A PrimFunc that the code of Relax's virtual machine calls."""

    name: str
    made_by: int
    """The number of the pass that made it, 0 for one of the user's."""
    sites: tuple[tuple[RelaxCall, ...], ...]
    """What each call of it stands for, in their order: one call of the user's, or several that
    were fused."""
    parameters: tuple[Parameter, ...] = ()
    flops: Amount = 0
    """Arithmetic of one call as ``tvm.s_tir.analysis.estimate_tir_flops`` counts it, before any
    schedule: additions, multiplications, divisions, minima and maxima of any dtype, but not
    comparisons, casts and what computes an index."""
    bytes_read: Amount = 0
    """Size of the buffers that one call reads, each element once: more than is read where it
    takes some elements alone."""
    bytes_written: Amount = 0
    """Size of the buffers that one call writes, each element once."""
    all_flops: Amount = 0
    """The arithmetic of all calls, and ``all_bytes`` the bytes that all of them read and write."""
    all_bytes: Amount = 0
    rule: str = ""
    """The rule of the default GPU schedule that took it, such as ``dlight.gpu.Matmul``; empty where
    none did, as for a CPU."""
    script: str = ""
    """Its TVMScript before any schedule; empty for one of the user's."""


class KernelCall(msgspec.Struct, frozen=True, array_like=True):
    """A call of a kernel by a Relax function."""

    kernel: int
    """The place of the kernel in ``Overview.kernels``."""
    site: int
    """The place of the call in the kernel's ``sites``."""
    inputs: tuple[int, ...] = ()
    """The numbers, from 0, of the earlier calls whose results it is given."""


class CallGraph(Plain, frozen=True):
    """The calls of kernels that a Relax function makes, in their order."""

    function: str
    calls: tuple[KernelCall, ...]


class PlannedTensor(Plain, frozen=True):
    """A tensor that a Relax function makes, and how long its memory is needed."""

    name: str
    shape: str
    """Such as ``8 × 64``."""
    dtype: str
    first: int
    """The number, from 0, of the first call of a kernel that uses it, and ``last`` of the last."""
    last: int
    returned: bool = False
    """Whether the function returns it: then ``last`` is the number of calls."""


class SharedStorage(Plain, frozen=True):
    """A piece of memory, and the tensors that share it one after the other."""

    size: str
    """In bytes, such as ``2048`` or ``n * 128``; empty for a result, which is not planned."""
    tensors: tuple[PlannedTensor, ...] = ()


PLANNING = "StaticPlanBlockMemory"
"""The pass of Relax that plans memory."""


class MemoryPlan(Plain, frozen=True):
    """What Relax's memory planning did for a function."""

    function: str
    calls: tuple[str, ...]
    """The kernels that it calls, in their order: the time of the plan."""
    storages: tuple[SharedStorage, ...]


class Overview(Plain, frozen=True):
    """The definitions of a text, the functions of the chosen one, and what was done to read it."""

    definitions: tuple[Definition, ...] = ()
    """All definitions, in the order of the text."""
    definition: str = ""
    """Name of the definition that was parsed."""
    functions: tuple[Function, ...] = ()
    """The functions of that definition, ``main`` first."""
    edits: tuple[Edit, ...] = ()
    """The older spellings that were replaced."""
    generation: Message | None = None
    """The TVM that the text was written for, ``TVM 0.8 (2021)``; None without older spellings."""
    upgraded: str = ""
    """The whole text with the older spellings replaced; empty when there are none."""
    left_out: tuple[LeftOut, ...] = ()
    """The statements that were not used."""
    origins: tuple[ModelOrigin, ...] = ()
    """What the statements of Relax functions were made from, in the order of the text."""
    problems: tuple[Problem, ...] = ()
    """Remarks, and with ``passes`` why lowering failed before the first or after the last pass."""
    passes: tuple[Pass, ...] = ()
    """The passes of the request's target, when they were asked for."""
    kernels: tuple[RelaxKernel, ...] = ()
    """With the passes: what the calls of Relax functions became."""
    graphs: tuple[CallGraph, ...] = ()
    """With the passes: the calls of each Relax function that calls kernels."""
    memory: tuple[MemoryPlan, ...] = ()
    """With the passes: the memory plan of each Relax function."""
