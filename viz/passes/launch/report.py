"""Report how the kernels of a target's build are launched, and what stands in their way.

Advice comes from what the build itself refuses, from the checks of :mod:`viz.passes.checks`, and
from those of this folder, which ask about the program alone. A mend is shown once the program with
it has been read, lowered and checked anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from viz.errors import LoweringError, RequestError, VizError
from viz.frontend.mends.table import mends
from viz.frontend.program import read
from viz.ir.parse import Parsed, parse
from viz.messages import Message, message_of, messages
from viz.model import Advice, LaunchedKernel, LaunchReport, Mend, Options, Problem, Scalar
from viz.model.problem import problem_of
from viz.passes import error_location
from viz.passes.checks import problems as checks
from viz.passes.checks.launch_limits import kernel_use
from viz.passes.launch import architectures, divergence, vector_stores
from viz.passes.pipeline import Lowered, lower
from viz.passes.targets import target_of
from viz.targets.rows import row_of

MOST_MENDS = 8
"""Mistakes that a mend is looked for: each is checked by lowering the program once or twice."""


class Asked(NamedTuple):
    """What a report is about, beside the program's text."""

    target: str
    options: Options = Options()
    definition: str = ""
    arguments: Mapping[str, Scalar] | None = None
    gated: bool = True
    """Whether a text with a mend passes the gate before it is parsed."""


def launch_report(parsed: Parsed, asked: Asked, *, with_mends: bool = True) -> LaunchReport:
    """Return the report on a program for a target.

    Raises
    ------
    RequestError
        When there is no such target, or it has no kernels.
    """
    if not row_of(asked.target).gpu:
        raise RequestError(message_of("no-kernels-of", target=asked.target))
    lowered, found = _found(parsed, asked)
    arch = str(target_of(asked.target, asked.options).attrs.get("arch", ""))
    advice = [_advice(problem) for problem in found]
    if with_mends:
        known = Counter(map(_key, found))
        advice = [
            _mended(each, parsed, asked, known) if number < MOST_MENDS else each
            for number, each in enumerate(advice)
        ]
    return LaunchReport(
        target=asked.target,
        arch=arch,
        kernels=tuple(_kernels(lowered)) if lowered is not None else (),
        advice=tuple(advice),
    )


def _found(parsed: Parsed, asked: Asked) -> tuple[Lowered | None, list[Problem]]:
    """Lower a program; return the result, and what stands in the way by its places."""
    lowered = None
    try:
        lowered = lower(parsed.mod, asked.target, asked.options)
    except LoweringError as error:
        error.span = error.span or error_location.find(error, parsed, asked.target, asked.options)
        found = [problem_of(error)]
    else:
        found = [each for each in checks.problems(lowered, parsed) if each.severity != "info"]
        for target, device in lowered.devices.items():
            if str(target.kind.name) == "cuda":
                found += vector_stores.problems(device, parsed)
    found += divergence.problems(parsed)
    if asked.target == architectures.KIND:
        found += architectures.problems(parsed)
    return lowered, sorted(found, key=_start)


def _start(problem: Problem) -> int:
    return problem.span.start if problem.span is not None else -1


def _advice(problem: Problem) -> Advice:
    id_ = problem.what.id
    return Advice(
        code=id_,
        what=problem.what,
        advice=problem.advice,
        severity="warning" if id_ in ADVISED else "error",
        span=problem.span,
        why=_why(id_),
    )


def _why(id_: str) -> Message | None:
    """Return the rule that a mistake breaks, where there is more to say than what is wrong."""
    stem = WHY.get(id_, id_)
    return message_of(f"why-{stem}") if f"why-{stem}" in messages() else None


ADVISED = frozenset(("target-without-arch",))
"""The mistakes with which a GPU may run the program all the same."""

WHY = {
    "host-access-in-reads": "host-access",
    "host-access-in-writes": "host-access",
    "host-access-reads": "host-access",
    "host-access-writes": "host-access",
    "too-many-threads-along": "launch-axis",
    "too-many-blocks-along": "launch-axis",
    "buffer-between-kernels": "buffer-scope",
    "buffer-outside-threads": "buffer-scope",
    "parameter-of-scope": "buffer-scope",
    "ids-above-entry": "no-device-entry",
    "unknown-scope-like": "unknown-scope",
}
"""The rules that several mistakes break."""


def _key(problem: Problem) -> tuple[str, str]:
    return problem.what.id, problem.what.text()


def _mended(
    advice: Advice, parsed: Parsed, asked: Asked, known: Counter[tuple[str, str]]
) -> Advice:
    """Return advice with the first mend after which its mistake is gone and no new one is there."""
    for title, text in mends(parsed.program, advice.code, advice.what.values, advice.span):
        try:
            again = parse(read(text), asked.definition, asked.arguments, gated=asked.gated)
            _, left = _found(again, asked)
        except VizError:
            continue
        # Counted: two mistakes may have the same words, of which one is left.
        keys = Counter(map(_key, left))
        if keys.total() < known.total() and not any(
            code == advice.code for code, _ in keys - known
        ):
            return msgspec.structs.replace(advice, mend=Mend(title=title, text=text))
    return advice


def _kernels(lowered: Lowered) -> Iterator[LaunchedKernel]:
    for device in lowered.devices.values():
        for variable, function in device.functions.items():
            use = kernel_use(function)
            yield LaunchedKernel(
                name=str(variable.name_hint),
                grid=_along("blockIdx", use.extents),
                block=_along("threadIdx", use.extents),
                shared=sum(use.shared.values()) + sum(use.dynamic.values()),
            )


Extents = tuple[int | None, int | None, int | None]


def _along(kind: str, extents: Mapping[str, int | None]) -> Extents:
    x, y, z = (extents.get(f"{kind}.{axis}", 1) for axis in "xyz")
    return x, y, z
