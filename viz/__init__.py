"""TIRscope: see how TVM's TensorIR becomes source code.

>>> import viz
>>> analysis = viz.analyze(text, targets=["c", "cuda"])   # in a process of its own
>>> print(analysis.sources["c"].emissions[0].text)

``analyze`` and ``run`` never import TVM here. ``inspect`` does the same in this process, for text
you trust and for an IRModule you already hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from viz.errors import RequestError, VizError
from viz.model import (
    Analysis,
    Diff,
    Node,
    Options,
    Origins,
    OriginsPart,
    Outcome,
    Overview,
    OverviewPart,
    Pass,
    Problem,
    Request,
    RunPart,
    Scalar,
    Source,
    SourcePart,
    ThreadOrder,
    Tree,
    TreePart,
)
from viz.model.analysis import register_display
from viz.model.problem import problem_of
from viz.provenance.explain import explain, find
from viz.provenance.pass_queries import differences

if TYPE_CHECKING:
    import tvm

__version__ = "0.1.0"
__all__ = [
    "Analysis",
    "Node",
    "Options",
    "Outcome",
    "Tree",
    "VizError",
    "analyze",
    "explain",
    "find",
    "inspect",
    "run",
]


def _display(analysis: Analysis) -> str:
    from viz.render.report import frame

    return frame(analysis)


register_display(_display)


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
) -> Analysis:
    """Read TVMScript and return its overview, its AST and what each target's codegen writes.

    Parameters
    ----------
    text
        A function, a module class, or a whole Python file with some in it.
    targets
        Names of targets, or one name: ``c``, ``cuda``, ``llvm``, ``opencl``, ``metal``, ``webgpu``.
    definition, function, arguments
        Which definition of the text and which function of it; the values of a factory's arguments.
    options
        Architecture, target attributes and PassContext config, for every target.
    finals
        Also return each target's AST as the codegen gets it: what the marks of its texts name.
    passes
        Also return the passes of each target and what each of them changed.

    Raises
    ------
    VizError
        When the text cannot be read. A target that fails does not raise: ``problems`` says why.
    """
    from viz.service.client.client import submit_all

    base = _request(text, definition, function, arguments, options)
    return _collect(base, targets, lambda asked: submit_all(asked).replies(), finals, passes)


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
) -> Analysis:
    """Do what :func:`analyze` does in this process; TVM's parser runs the text, so trust it.

    The state of this process stays as it is: TVM's classes, the environment, hooks and limits. So
    the engine's accelerations are off: the first matmul that TVM schedules for a GPU waits for its
    tensor intrinsics (up to a minute), and a program nested more than about 150 levels deep needs
    a higher ``sys.setrecursionlimit``, which is the caller's to set.

    Raises
    ------
    VizError
        See :func:`analyze`.
    """
    from viz.ir.tvm_version import require

    require()
    from viz.frontend.program import read
    from viz.ir.parse import parse, parsed_module
    from viz.service.engine.dispatch import Answers

    if isinstance(program, str):
        parsed = parse(read(program), definition, arguments)
    else:
        parsed = parsed_module(program)
    base = _request(parsed.program.text, definition, function, arguments, options)
    answers = Answers(parsed)
    return _collect(base, targets, lambda asked: map(answers.answer, asked), finals, passes)


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
    """Run a program on made-up inputs and compare its outputs with a reference.

    The reference is ``reference`` (the text of a Python function of that name), or the one in the
    text when the function is that text's first, or the same program through another CPU codegen
    (the same one where there is no C compiler; the outcome says so).

    On the device ``cuda-emulated`` the CUDA text runs without a GPU: ``checked`` looks for mistakes
    in it, ``order`` says in which order its threads take turns.

    Raises
    ------
    VizError
        When the text cannot be read, or the program cannot be built or run; when there is no such
        order.
    """
    from viz.service.client.client import submit

    if order not in get_args(ThreadOrder):
        known = ", ".join(get_args(ThreadOrder))
        raise RequestError(f"threads have no order named {order!r}", hint=f"Orders: {known}.")
    part = RunPart(
        device=device,
        seed=seed,
        sizes=dict(sizes or {}),
        reference=reference,
        checked=checked,
        order=order,
    )
    base = _request(text, definition, function, arguments, options)
    reply = submit(_with(base, part, target=device)).result()
    assert isinstance(reply, Outcome)
    return reply


def _request(
    text: str,
    definition: str,
    function: str,
    arguments: Mapping[str, Scalar] | None,
    options: Options,
) -> Request:
    return Request(
        text=text,
        definition=definition,
        function=function,
        arguments=dict(arguments or {}),
        options=options,
    )


def _with(base: Request, part: Any, target: str = "") -> Request:
    import msgspec

    return msgspec.structs.replace(base, part=part, target=target or base.target)


def _collect(
    base: Request,
    targets: str | Iterable[str],
    ask: Callable[[list[Request]], Iterator[Any]],
    finals: bool,
    passes: bool,
) -> Analysis:
    """Ask for what belongs together at once: a process that answers lowers it once."""
    overview, tree = ask([_with(base, OverviewPart()), _with(base, TreePart())])
    assert isinstance(overview, Overview)
    assert isinstance(tree, Tree)
    sources: dict[str, Source] = {}
    origins: dict[str, Origins] = {}
    trees: dict[str, Tree] = {}
    problems: dict[str, Problem] = {}
    rows: dict[str, tuple[Pass, ...]] = {}
    diffs: dict[str, tuple[Diff, ...]] = {}
    for target in [targets] if isinstance(targets, str) else targets:
        try:
            if passes:
                (found,) = ask([_with(base, OverviewPart(passes=True, counts=True), target)])
                rows[target] = found.passes
                parts = differences(found.passes)
                diffs[target] = tuple(ask([_with(base, part, target) for part in parts]))
            wanted = [SourcePart(schedule=True), OriginsPart()]
            if finals:
                wanted.append(TreePart(stage="final"))
            replies = ask([_with(base, part, target) for part in wanted])
            sources[target], origins[target] = next(replies), next(replies)
            if finals:
                trees[target] = next(replies)
        except VizError as error:
            problems[target] = problem_of(error)
    return Analysis(
        text=base.text,
        overview=overview,
        tree=tree,
        finals=trees,
        sources=sources,
        origins=origins,
        problems=problems,
        passes={target: found for target, found in rows.items() if found},
        diffs={target: found for target, found in diffs.items() if found},
    )
