"""Assert what the accesses of a program's kernels cost: sectors, bank conflicts, active lanes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from viz.errors import RequestError
from viz.messages import message_of
from viz.model import (
    EMULATED,
    AccessSite,
    Cost,
    CostOptions,
    KernelCost,
    MemorySpace,
    Options,
    Outcome,
    Request,
    RunPart,
)
from viz.model.catalog.cost_rules import cost_rules
from viz.testing import lowered_program
from viz.text import Text

Judge = Callable[[AccessSite], str]
"""Returns what is wrong with an access, in words; empty for nothing."""


def assert_coalesced(
    program: lowered_program.Program,
    *,
    function: str = "",
    sizes: Mapping[str, int] | None = None,
    options: Options = Options(),
) -> Cost:
    """Assert that no request to global memory touches more sectors than its bytes need.

    >>> assert_coalesced(text)

    Parameters
    ----------
    program
        A text with TVMScript in it, or a ``tvm.IRModule``; it is run in this process.
    function
        The function that is run; by default ``main`` or the first one.
    sizes
        Values of the variables in the buffers' shapes, by name.
    options
        Architecture, target attributes and PassContext config.

    Returns
    -------
    Cost
        All figures.

    Raises
    ------
    AssertionError
        When one does: the message has each access with its line, its figures and the rule. Also
        when a kernel cannot be counted, some accesses are not, or the run fails; it says why.
    VizError
        When the program cannot be read, built or run on the emulated GPU.
    """

    def judge(site: AccessSite) -> str:
        figures = site.figures
        if figures.sectors <= figures.ideal_sectors:
            return ""
        return (
            f"{_each(figures.sectors, site)} sectors a request where "
            f"{_each(figures.ideal_sectors, site)} would do"
        )

    return _assert(program, {"sectors": judge}, function, sizes, options)


def assert_no_bank_conflicts(
    program: lowered_program.Program,
    *,
    function: str = "",
    sizes: Mapping[str, int] | None = None,
    options: Options = Options(),
) -> Cost:
    """Assert that no request to shared memory needs more wavefronts than one a part.

    >>> assert_no_bank_conflicts(text)

    Parameters, result and errors are those of :func:`assert_coalesced`. A fragment of tensor cores
    in shared memory is an AssertionError too: what conflicts it has is not known.
    """
    return _assert(program, {"wavefronts": _conflicts(0)}, function, sizes, options)


def assert_cost(
    program: lowered_program.Program,
    *,
    sectors_per_request: float | None = None,
    conflicts_per_request: float | None = None,
    lanes_per_request: float | None = None,
    bytes_moved: int | None = None,
    buffer: str = "",
    function: str = "",
    sizes: Mapping[str, int] | None = None,
    options: Options = Options(),
) -> Cost:
    """Assert that accesses cost at most so much.

    >>> assert_cost(text, buffer="A", sectors_per_request=4)

    Parameters
    ----------
    sectors_per_request
        The most sectors of 32 bytes of a request to global memory, on the average of an access.
    conflicts_per_request
        The most bank conflicts of a request to shared memory, likewise. Those of fragments of
        tensor cores are not known, which is an AssertionError.
    lanes_per_request
        The fewest active lanes of a request, likewise.
    bytes_moved
        The most bytes that the sectors of all kernels have together.
    buffer
        The buffer whose accesses are meant; empty for all.
    program, function, sizes, options
        As for :func:`assert_coalesced`.

    Returns
    -------
    Cost
        All figures.

    Raises
    ------
    RequestError
        When there is no access to a buffer of this name.
    AssertionError, VizError
        As for :func:`assert_coalesced`.
    """
    judges: dict[str, Judge] = {}
    if sectors_per_request is not None:
        judges["sectors"] = _sectors(sectors_per_request)
    if conflicts_per_request is not None:
        judges["wavefronts"] = _conflicts(conflicts_per_request)
    if lanes_per_request is not None:
        judges["lanes"] = _lanes(lanes_per_request)
    cost = _assert(program, judges, function, sizes, options, buffer)
    moved = sum(kernel.bytes_moved for kernel in cost.kernels)
    if bytes_moved is not None and moved > bytes_moved:
        rule = cost_rules()["bytes_moved"].en
        raise AssertionError(
            f"{moved:,} bytes are moved, at most {bytes_moved:,} asked for\n{rule}"
        )
    return cost


def _sectors(most: float) -> Judge:
    def judge(site: AccessSite) -> str:
        if site.space != "global" or site.figures.sectors <= most * site.figures.requests:
            return ""
        return f"{_each(site.figures.sectors, site)} sectors a request, at most {most:g} asked for"

    return judge


def _conflicts(most: float) -> Judge:
    def judge(site: AccessSite) -> str:
        figures = site.figures
        if site.kind == "fragment" and site.space == "shared":
            return "bank conflicts of a fragment of tensor cores are not known"
        if figures.conflicts <= most * figures.requests:
            return ""
        asked = f", at most {most:g} asked for" if most else ""
        return (
            f"{_each(figures.wavefronts, site)} wavefronts a request, "
            f"{_each(figures.conflicts, site)} of them bank conflicts{asked}"
        )

    return judge


def _lanes(least: float) -> Judge:
    def judge(site: AccessSite) -> str:
        if site.space == "local" or site.figures.lanes >= least * site.figures.requests:
            return ""
        return (
            f"{_each(site.figures.lanes, site)} active lanes a request, "
            f"at least {least:g} asked for"
        )

    return judge


def _each(count: int, site: AccessSite) -> str:
    return f"{count / site.figures.requests:.4g}"


def _assert(
    program: lowered_program.Program,
    judges: Mapping[str, Judge],
    function: str,
    sizes: Mapping[str, int] | None,
    options: Options,
    buffer: str = "",
) -> Cost:
    """Run a program, and raise what is wrong with its accesses, each with the rule by its name."""
    parsed = lowered_program.parse(program)
    from viz.service.engine.dispatch import answer_parsed

    part = RunPart(device=EMULATED, sizes=dict(sizes or {}), cost=CostOptions())
    outcome = answer_parsed(Request(function=function, options=options, part=part), parsed)
    assert isinstance(outcome, Outcome)
    assert outcome.cost is not None
    if reasons := list(_doubts(outcome)):
        raise AssertionError("\n".join(["what accesses cost cannot be asserted:", *reasons]))
    kernels = outcome.cost.kernels
    known = {site.buffer for kernel in kernels for site in kernel.sites}
    if buffer and buffer not in known:
        raise RequestError(message_of("no-access-to", name=buffer, known=tuple(sorted(known))))
    text = parsed.program.text
    wrong = [
        line
        for kernel in kernels
        for line in _complaints(kernel, judges, text, lambda name: buffer in ("", name))
    ]
    if wrong:
        raise AssertionError("\n".join(wrong))
    return outcome.cost


def _doubts(outcome: Outcome) -> Iterator[str]:
    """Yield why the figures of a run are not those of the program: it failed, or some are lost."""
    for problem in outcome.problems:
        if problem.code == "costs-lost":
            yield f"  {problem.text()}"
    if outcome.passed:
        return
    yield "  the run failed"
    for finding in outcome.findings:
        if not finding.harmless:
            yield f"  {finding.kind}: {finding.text()}"
    for comparison in outcome.comparisons:
        if not comparison.passed:
            count = f"{comparison.mismatches:,}"
            yield f"  {comparison.name}: {count} elements differ from {outcome.reference.text()}"
    for problem in outcome.problems:
        if problem.severity != "info" and problem.code != "costs-lost":
            yield f"  {problem.text()}"


def _complaints(
    kernel: KernelCost, judges: Mapping[str, Judge], text: str, meant: Callable[[str], bool]
) -> Iterator[str]:
    if kernel.problem is not None:
        yield f"{kernel.name}: {kernel.problem.text()}"
    for rule, judge in judges.items():
        complaints = [
            f"{_where(site)}: {what}\n{_excerpt(site, text)}".rstrip()
            for site in kernel.sites
            if meant(site.buffer) and (what := judge(site))
        ]
        yield from complaints
        if complaints:
            yield f"  {cost_rules()[rule].en}"


SPACES: dict[MemorySpace, str] = {
    "global": "global memory",
    "shared": "shared memory",
    "local": "an array of each thread",
}
"""Where memory lies, in words."""


def _where(site: AccessSite) -> str:
    line = "" if site.own_line is None else f"line {site.own_line}: "
    return (
        f"{line}{site.kind} of {site.buffer} in {SPACES[site.space]}, {site.width} bytes a lane, "
        f"{site.figures.requests:,} requests"
    )


def _excerpt(site: AccessSite, text: str) -> str:
    return "" if site.own is None else Text(text).excerpt(site.own)
