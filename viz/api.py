"""Analyse programs from Python, in a jailed process or here, and follow the life of a node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from viz.analysis import analysis_of, base_request, with_part
from viz.frontend.notebook import source_of
from viz.model import (
    Analysis,
    ConvertedModel,
    CostOptions,
    EngineName,
    LaunchPart,
    LaunchReport,
    LifePart,
    NodeLife,
    Options,
    Request,
    Scalar,
    StageName,
)
from viz.model.analysis import register_display

if TYPE_CHECKING:
    from os import PathLike

    import tvm

    from viz.service.client.conversion import OnnxModel


def analyze(
    text: str | bytes,
    targets: str | Iterable[str] = ("c",),
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    finals: bool = True,
    passes: bool = False,
    compile: bool = False,
    cost: bool | CostOptions = False,
    engine: EngineName = "",
) -> Analysis:
    """Analyse TVMScript: its AST, and for each target the source code with provenance.

    The text is parsed, lowered and compiled in a jailed process: it need not be trusted.

    >>> analysis = viz.analyze(text, targets=["c", "cuda"])
    >>> analysis.overview.functions[0].parameters
    >>> [node.title for node in analysis.tree.walk()]
    >>> analysis.targets["cuda"].source.emissions[0].text

    Parameters
    ----------
    text
        A PrimFunc, a module class, or a whole Python file or notebook (.ipynb) that holds some; at
        most 200,000 characters. Or the bytes of an .onnx file, which is converted first
        (:func:`viz.from_onnx`). Spans in the result are half-open ranges of code points in this
        text; of a notebook or a model in ``Analysis.text``: its cells, or what it is as Relax.
    targets
        Names of targets, or one name: ``c``, ``cuda``, ``llvm``, ``opencl``, ``metal``, ``webgpu``,
        and ``python``, which needs no lowering: its ``final`` is the program as written.
    definition
        Name of the definition (PrimFunc, module class or factory) to analyse; the first if empty.
    function
        Name of the PrimFunc of a module to analyse, with the functions it calls; all if empty.
    arguments
        Values of a factory's arguments, by name.
    options
        Architecture, target attributes and PassContext config, applied to every target.
    finals
        Whether to return the AST that each target's codegens are given. ``explain`` needs it.
    passes
        Whether to return the passes of each target's build and what each of them changed.
    compile
        Whether to ask a compiler of its own language (gcc, nvcc or NVRTC, clang) whether it takes
        each text: ``source.problems`` then has ``refused-text``, an error with the user's line,
        ``accepted-text`` or ``unchecked-text`` for each.
    cost
        Whether ``Analysis.cost`` has what each access of the CUDA kernels costs, counted in a run
        on the emulator, and since which stage: see :func:`viz.run` and :func:`viz.causes`.
    engine
        ``2024`` for a TVM of that year, which lives in an environment of its own (``tirscope
        legacy-env``), named by the variable ``TIRSCOPE_LEGACY_PYTHON``; today's, or the only one
        that is installed, if empty.

    Returns
    -------
    Analysis
        With one :class:`~viz.model.TargetAnalysis` a target. A target that fails does not raise:
        its ``problem`` is set.

    Raises
    ------
    RefusedError
        When the text holds something other than TVMScript.
    VizError
        When the text cannot be read otherwise (``SourceError``, ``ParseError``), there is no such
        definition or function (``RequestError``), there is no usable TVM (``EngineError``), or the
        process ran out of time or memory (``WorkerError``).
    """
    from viz.service.client.submit import submit_all

    base = base_request(text, definition, function, arguments, options, engine)

    def submit(requests: list[Request]) -> Iterator[Any]:
        return submit_all(requests).replies()

    return analysis_of(
        base, targets, submit, finals=finals, passes=passes, compile=compile, cost=cost
    )


def from_onnx(model: bytes | str | PathLike[str] | OnnxModel) -> ConvertedModel:
    """Return a model of ONNX as Relax text, a program like any other, with its weights as inputs.

    TVM's importer reads it in a jailed process that opens no file: the model need not be trusted.
    That needs the package ``onnx`` (``pip install 'tirscope[onnx]'``). A comment above the
    statements says which node they were made from; symbolic dimensions stay symbolic.

    >>> program = viz.from_onnx("model.onnx").text
    >>> viz.analyze(program, "cuda").overview.origins[0].part

    Parameters
    ----------
    model
        The path of an .onnx file, its bytes, or an ``onnx.ModelProto``. The values of large
        weights are left out before anything else: without them it may have 16 MiB and 5,000 nodes,
        and the text 200,000 characters.

    Raises
    ------
    SourceError
        When there is no such file, or it holds no model that can be converted; the message names
        the node and its operator.
    EngineError, WorkerError
        When there is no usable TVM, or the process ran out of time or memory.
    """
    from viz.service.client.conversion import from_onnx as converted

    return converted(model)


def inspect(
    program: str | bytes | tvm.IRModule | tvm.tirx.PrimFunc,
    targets: str | Iterable[str] = ("c",),
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    finals: bool = True,
    passes: bool = False,
    compile: bool = False,
    cost: bool | CostOptions = False,
) -> Analysis:
    """Do what :func:`analyze` does in this process, with the TVM that is installed here.

    TVM's parser executes Python in a text, so the text must be trusted. An IRModule is analysed as
    it is and is not changed. Neither is the state of this process: TVM's classes, the environment,
    hooks and limits. So the engine's accelerations are off: the first matmul that TVM schedules for
    a GPU waits for its tensor intrinsics (up to a minute), and a program nested more than about 150
    levels deep needs a higher ``sys.setrecursionlimit``, which is the caller's to set.

    >>> mod = tvm.IRModule({"main": my_prim_func})
    >>> analysis = viz.inspect(mod, targets="cuda", options=viz.Options(arch="sm_90"))
    >>> analysis.targets["cuda"].source.emissions[0].text

    Parameters
    ----------
    program
        A text or the bytes of an .onnx file as for :func:`analyze`, an IRModule, or a PrimFunc.
        Spans in the result of the last two refer to ``analysis.text``, TVM's print of the module.
    targets, definition, function, arguments, options, finals, passes, compile, cost
        As for :func:`analyze`; ``definition`` and ``arguments`` mean something for a text only.

    Returns
    -------
    Analysis
        As from :func:`analyze`.

    Raises
    ------
    EngineError
        When no usable TVM is installed.
    VizError
        When the program cannot be read, or there is no such definition or function.
    """
    from viz.ir.tvm_names import require_engine

    require_engine()
    from viz.frontend.program import read
    from viz.ir.parse import parse, parsed_module
    from viz.service.engine.dispatch import Answers

    if isinstance(program, bytes):
        from viz.ir.onnx.convert import converted

        program = converted(program).text
    if isinstance(program, str):
        text = source_of(program)
        parsed = parse(read(text), definition, arguments)
    else:
        parsed = parsed_module(program)
        text = parsed.program.text
    base = base_request(text, definition, function, arguments, options)
    answers = Answers(parsed)

    def submit(requests: list[Request]) -> Iterator[Any]:
        return map(answers.answer, requests)

    return analysis_of(
        base, targets, submit, finals=finals, passes=passes, compile=compile, cost=cost
    )


def check(
    text: str | bytes,
    target: str = "cuda",
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    mends: bool = True,
    compile: bool = False,
) -> LaunchReport:
    """Say what stands in the way of launching a program's kernels, before anything is built.

    >>> report = viz.check(text, "cuda", options=viz.Options(arch="sm_90"))
    >>> report.launchable, [(kernel.grid, kernel.block) for kernel in report.kernels]
    >>> [(advice.message, advice.mend) for advice in report.advice]

    Parameters
    ----------
    text, definition, function, arguments, options
        As for :func:`viz.analyze`; the text is worked on in a jailed process.
    target
        A GPU target. Limits of threads, blocks and shared memory, and of vectors, are those of
        CUDA and its architecture: the other targets have no such check.
    mends
        Whether to look for a change of the text that mends each mistake, and check it.
    compile
        Whether to ask a compiler too, which needs no GPU: nvcc or NVRTC for CUDA, for the
        architectures sm_80, sm_90 and sm_100 unless the options name one; clang for OpenCL. See
        :attr:`LaunchReport.compiled`.

    Raises
    ------
    RequestError
        When there is no such definition, function or target, or it has no kernels.
    VizError
        When the text cannot be read, or the process ran out of time or memory.
    """
    from viz.service.client.submit import submit

    base = base_request(text, definition, function, arguments, options)
    report = submit(with_part(base, LaunchPart(mends=mends, compile=compile), target)).result()
    assert isinstance(report, LaunchReport)
    return report


def life(
    text: str | bytes,
    node: int,
    target: str = "c",
    stage: StageName = "input",
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    engine: EngineName = "",
) -> NodeLife:
    """Return what the passes of a target did to a node: which made, changed, moved or removed it.

    >>> tree = viz.analyze(text).tree
    >>> loop = next(node for node in tree.walk() if node.title == "For")
    >>> [(event.stage, event.kind) for event in viz.life(text, loop.id, "cuda").events]

    Parameters
    ----------
    node, stage
        The id of the node in the Tree of that stage: ``input``, ``scheduled``, the number of a
        pass, or ``final``.
    text, definition, function, arguments, options, engine
        As for :func:`analyze`; the text is worked on in a jailed process.

    Raises
    ------
    RequestError
        When the target has no such stage, or the stage no such node.
    VizError
        When the text cannot be read or lowered, or the process ran out of time or memory.
    """
    from viz.service.client.submit import submit

    base = base_request(text, definition, function, arguments, options, engine)
    reply = submit(with_part(base, LifePart(stage=stage, node=node), target)).result()
    assert isinstance(reply, NodeLife)
    return reply


def _display(analysis: Analysis) -> str:
    from viz.render.report import frame

    return frame(analysis)


register_display(_display)
