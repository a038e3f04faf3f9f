"""Analyse and run programs from Python: ``viz.analyze``, ``inspect``, ``life`` and ``run``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from viz.errors import RequestError, VizError
from viz.frontend.notebook import source_of
from viz.messages import message_of
from viz.model import (
    Analysis,
    LifePart,
    NodeLife,
    Options,
    OriginsPart,
    Outcome,
    Overview,
    OverviewPart,
    Part,
    Reply,
    Request,
    RunPart,
    Scalar,
    SourcePart,
    StageName,
    TargetAnalysis,
    ThreadOrder,
    Tree,
    TreePart,
)
from viz.model.analysis import register_display
from viz.model.problem import problem_of
from viz.provenance.pass_queries import differences

if TYPE_CHECKING:
    import tvm

Submit = Callable[[list[Request]], Iterator[Any]]
"""Answers requests about one text: their replies, in order.

What belongs together is submitted together: the process that answers then lowers the program once.
"""


def analyze(
    text: str,
    targets: str | Iterable[str] = ("c",),
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    finals: bool = True,
    passes: bool = False,
    compile: bool = False,
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
        most 200,000 characters. Spans in the result are half-open ranges of code points in this
        text; of a notebook in ``Analysis.text``, where its cells stand one after the other.
    targets
        Names of targets, or one name: ``c``, ``cuda``, ``llvm``, ``opencl``, ``metal``, ``webgpu``.
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

    base = _request(text, definition, function, arguments, options)

    def submit(requests: list[Request]) -> Iterator[Any]:
        return submit_all(requests).replies()

    return _analysis(base, targets, submit, finals=finals, passes=passes, compile=compile)


def inspect(
    program: str | tvm.IRModule | tvm.tirx.PrimFunc,
    targets: str | Iterable[str] = ("c",),
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    finals: bool = True,
    passes: bool = False,
    compile: bool = False,
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
        A text as for :func:`analyze`, an IRModule, or a PrimFunc. Spans in the result then refer to
        ``analysis.text``, which is TVM's print of the module.
    targets, definition, function, arguments, options, finals, passes, compile
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

    if isinstance(program, str):
        text = source_of(program)
        parsed = parse(read(text), definition, arguments)
    else:
        parsed = parsed_module(program)
        text = parsed.program.text
    base = _request(text, definition, function, arguments, options)
    answers = Answers(parsed)

    def submit(requests: list[Request]) -> Iterator[Any]:
        return map(answers.answer, requests)

    return _analysis(base, targets, submit, finals=finals, passes=passes, compile=compile)


def run(
    text: str,
    device: str = "llvm",
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    reference: str = "",
    checked: bool = False,
    order: ThreadOrder = "forward",
) -> Outcome:
    """Run a PrimFunc on generated inputs and compare its outputs with a reference.

    The program is compiled and run in a jailed process: the text need not be trusted. The reference
    is ``reference``, or the function of that name in the text when the PrimFunc is the text's
    first, or the same program through another CPU codegen (the same one where there is no C
    compiler; ``Outcome.reference`` names it).

    >>> outcome = viz.run(text, "cuda-emulated", sizes={"n": 64}, checked=True)
    >>> outcome.passed, outcome.comparisons[0].max_abs, outcome.findings

    Parameters
    ----------
    text
        As for :func:`analyze`.
    device
        ``llvm`` or ``c`` on this CPU, ``cuda`` on a GPU, ``cuda-emulated`` for the CUDA source on
        the CPU. Where ``cuda`` is missing another device runs: ``Outcome.ran`` names it.
    definition, function, arguments
        As for :func:`analyze`; with no ``function`` the module's ``main`` or first one runs.
    options
        Architecture, target attributes and PassContext config, for the device's target.
    seed
        Seed of the random inputs, and of ``order="shuffled"``.
    sizes
        Values of the variables in the buffers' shapes, by name.
    reference
        Text of a Python function ``def reference(A, B): …`` over NumPy arrays. Its parameters are
        named after those of the PrimFunc; it returns the outputs in the order of the parameters.
    checked
        Whether to look for mistakes (``c`` and ``cuda-emulated`` only): see
        ``Outcome.findings``.
    order
        The order in which blocks, warps and lanes take turns (``cuda-emulated`` only):
        ``forward``, ``reversed`` or ``shuffled``.

    Returns
    -------
    Outcome
        Whether the outputs were right, each comparison, the time of a call in seconds.

    Raises
    ------
    RefusedError
        When the text holds something other than TVMScript, or something that must not run.
    RequestError
        When there is no such definition, function, device, size or order.
    RunError
        When the program cannot be built or run, or the reference fails.
    VizError
        When the text cannot be read or lowered, or the process ran out of time or memory.
    """
    from viz.service.client.submit import submit

    if order not in get_args(ThreadOrder):
        known = get_args(ThreadOrder)
        raise RequestError(message_of("unknown-thread-order", name=order, known=known))
    part = RunPart(
        device=device,
        seed=seed,
        sizes=dict(sizes or {}),
        reference=reference,
        checked=checked,
        order=order,
    )
    base = _request(text, definition, function, arguments, options)
    outcome = submit(_with_part(base, part)).result()
    assert isinstance(outcome, Outcome)
    return outcome


def life(
    text: str,
    node: int,
    target: str = "c",
    stage: StageName = "input",
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
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
    text, definition, function, arguments, options
        As for :func:`analyze`; the text is worked on in a jailed process.

    Raises
    ------
    RequestError
        When the target has no such stage, or the stage no such node.
    VizError
        When the text cannot be read or lowered, or the process ran out of time or memory.
    """
    from viz.service.client.submit import submit

    base = _request(text, definition, function, arguments, options)
    reply = submit(_with_part(base, LifePart(stage=stage, node=node), target)).result()
    assert isinstance(reply, NodeLife)
    return reply


# ---------------------------------------------------------------- requests


def _request(
    text: str,
    definition: str,
    function: str,
    arguments: Mapping[str, Scalar] | None,
    options: Options,
) -> Request:
    return Request(
        text=source_of(text),
        definition=definition,
        function=function,
        arguments=dict(arguments or {}),
        options=options,
    )


def _with_part(base: Request, part: Part, target: str = "") -> Request:
    return msgspec.structs.replace(base, part=part, target=target or base.target)


def _analysis(
    base: Request,
    targets: str | Iterable[str],
    submit: Submit,
    *,
    finals: bool,
    passes: bool,
    compile: bool,
) -> Analysis:
    """Return the analysis of the text of ``base``, target by target."""
    overview, tree = submit([_with_part(base, OverviewPart()), _with_part(base, TreePart())])
    assert isinstance(overview, Overview)
    assert isinstance(tree, Tree)
    names = [targets] if isinstance(targets, str) else targets
    return Analysis(
        text=base.text,
        overview=overview,
        tree=tree,
        targets={
            name: _target_analysis(
                base, name, submit, finals=finals, passes=passes, compile=compile
            )
            for name in names
        },
    )


def _target_analysis(
    base: Request, target: str, submit: Submit, *, finals: bool, passes: bool, compile: bool
) -> TargetAnalysis:
    """Return what one target makes of the program; what was there before it failed is kept."""
    parts: dict[str, Any] = {}

    def submitted(requested: Iterable[Part]) -> Iterator[Reply]:
        return submit([_with_part(base, part, target) for part in requested])

    try:
        if passes:
            (overview,) = submitted([OverviewPart(passes=True, counts=True)])
            assert isinstance(overview, Overview)
            parts["passes"] = overview.passes
            parts["diffs"] = tuple(submitted(differences(overview.passes)))
        requested: list[Part] = [SourcePart(schedule=True, compile=compile), OriginsPart()]
        if finals:
            requested.append(TreePart(stage="final"))
        replies = submitted(requested)
        source, origins = next(replies), next(replies)
        parts |= {"source": source, "origins": origins}
        if finals:
            parts["final"] = next(replies)
    except VizError as error:
        parts["problem"] = problem_of(error)
    return TargetAnalysis(**parts)


def _display(analysis: Analysis) -> str:
    from viz.render.report import frame

    return frame(analysis)


register_display(_display)
