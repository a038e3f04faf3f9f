"""Assert that a GPU can launch the kernels of a program."""

from __future__ import annotations

from viz.model import Advice, LaunchPart, LaunchReport, Options, Request
from viz.provenance.upgrade import diff_rows
from viz.testing import lowered_program
from viz.text import Text


def assert_launchable(
    program: lowered_program.Program, target: str = "cuda", *, options: Options = Options()
) -> LaunchReport:
    """Assert that nothing stands in the way of launching a program's kernels on a GPU.

    >>> assert_launchable(text, "cuda", options=viz.Options(arch="sm_90"))

    Parameters
    ----------
    program
        A text with TVMScript in it, or a ``tvm.IRModule``.
    target
        A GPU target.
    options
        Architecture, target attributes and PassContext config.

    Returns
    -------
    LaunchReport
        The kernels with their grids, blocks and shared memory.

    Raises
    ------
    AssertionError
        When something does: the message has each mistake with its line, the rule that it breaks
        and a change that mends it.
    VizError
        When the program cannot be read, or the target has no kernels.
    """
    parsed = lowered_program.parse(program)
    from viz.service.engine.dispatch import answer_parsed

    request = Request(target=target, options=options, part=LaunchPart())
    report = answer_parsed(request, parsed)
    assert isinstance(report, LaunchReport)
    if not report.launchable:
        told = "\n".join(_told(advice, parsed.program.text) for advice in report.advice)
        raise AssertionError(f"no GPU could launch the program for {target}:\n{told}")
    return report


def _told(advice: Advice, text: str) -> str:
    lines = [advice.message]
    if advice.span is not None:
        lines.append(Text(text).excerpt(advice.span))
    lines += [words for words in (advice.hint, advice.why and advice.why.text()) if words]
    if advice.mend is not None:
        lines.append(f"{advice.mend.title}:")
        lines += [f"  {sign} {line}" for sign, line in diff_rows(text, advice.mend.text)]
    return "\n".join(lines)
