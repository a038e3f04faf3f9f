"""Follow the schedule of a program, ask what a step can do, and search for another schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from viz.analysis import base_request, program_text, with_part
from viz.errors import RequestError
from viz.frontend.schedule.compose import with_steps
from viz.messages import message_of
from viz.model import (
    ChoicesPart,
    Options,
    Scalar,
    ScheduleChoices,
    SchedulePart,
    ScheduleReport,
    ScheduleSearch,
    SearchMeasure,
    SearchPart,
)
from viz.model.schedule import MOST_SEARCHED


def schedule(
    text: str | bytes,
    steps: str = "",
    *,
    verify: bool = False,
    device: Literal["llvm", "cuda-emulated"] = "llvm",
    sizes: Mapping[str, int] | None = None,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
) -> ScheduleReport:
    """Follow the schedule that stands below a program: the loops after each of its steps.

    >>> report = viz.schedule(text, "b = sch.get_sblock('C')")
    >>> [(stop.step.text, len(stop.nest)) for stop in report.stops[1:]]

    Parameters
    ----------
    text, definition, function, arguments
        As for :func:`analyze`; the text is worked on in a jailed process.
    steps
        Steps as TVM prints them, one a line; empty for those of the text.
    verify
        Whether to run the program after each step and compare it with what it was, through LLVM
        until a loop is bound to threads and then by the interpreter: see
        :attr:`ScheduleReport.verdicts`.
    device
        With ``verify``: ``cuda-emulated`` has steps with threads run by the emulator too.
    sizes
        With ``verify``: values of the variables in the buffers' shapes.

    Raises
    ------
    VizError
        When the text cannot be read, or the process ran out of time or memory. A step that fails
        is no exception: the last stop has the problem.
    """
    from viz.service.client.submit import submit

    whole = with_steps(program_text(text), steps) if steps else text
    base = base_request(whole, definition, function, arguments, Options())
    part = SchedulePart(verify=verify, device=device, sizes=dict(sizes or {}))
    report = submit(with_part(base, part, "c")).result()
    assert isinstance(report, ScheduleReport)
    return report


def schedule_choices(
    text: str | bytes,
    name: str = "",
    steps: str = "",
    *,
    step: int | None = None,
    node: int | None = None,
    target: str = "cuda",
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
) -> ScheduleChoices:
    """Return what a step of a schedule can do with a loop, a block or a buffer.

    Each primitive is tried on a copy of the schedule; those that apply come as lines to add.

    >>> found = viz.schedule_choices(text, "i").choices
    >>> [choice.lines[-1] for choice in found if not choice.why_not]

    Parameters
    ----------
    text, steps, definition, function, arguments
        As for :func:`schedule`.
    name, node
        The name of the loop, block or buffer, or the id of a node in the Tree of that stage.
    step
        After which step, 0 for the program as it is written; None for the last one.
    target
        A target with threads has copies put into its shared and local memory.

    Raises
    ------
    RequestError
        When there is no such node or step.
    VizError
        When the text cannot be read, a step up to that one fails, or the process ran out of time
        or memory.
    """
    from viz.service.client.submit import submit

    whole = with_steps(program_text(text), steps) if steps else text
    base = base_request(whole, definition, function, arguments, Options())
    part = ChoicesPart(step=step, node=node, name=name)
    reply = submit(with_part(base, part, target)).result()
    assert isinstance(reply, ScheduleChoices)
    return reply


def check_search(count: int, by: SearchMeasure, *, tune: bool) -> None:
    """Refuse a search for none or too many schedules, and to tune them by cost.

    Raises
    ------
    RequestError
        When the count is none from 1 to :data:`viz.model.schedule.MOST_SEARCHED`, or schedules
        shall be tuned by cost: the evolution goes on from times.
    """
    if not 1 <= count <= MOST_SEARCHED:
        raise RequestError(message_of("search-count", most=MOST_SEARCHED))
    if tune and by == "cost":
        raise RequestError(message_of("search-tune-cost"))


def search_schedules(
    text: str | bytes,
    count: int = 16,
    *,
    by: SearchMeasure = "time",
    seed: int = 0,
    tune: bool = False,
    sizes: Mapping[str, int] | None = None,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
) -> ScheduleSearch:
    """Search for schedules of a program: those of dlight's rules and MetaSchedule's design space.

    >>> found = viz.search_schedules(text, 8)
    >>> [(each.seconds, each.passed) for each in found.candidates]
    >>> report = viz.schedule(text, found.candidates[0].steps)

    Parameters
    ----------
    text, definition, function, arguments
        As for :func:`schedule`. The program is taken as it is written, without its schedule.
    count
        How many are measured, at most 64.
    by
        ``time`` of a call through LLVM on this machine, all in turns, or ``cost`` of the accesses
        to memory as a CUDA kernel on the emulator.
    seed
        Of the draws and of the random inputs; with the same one the same schedules are drawn.
    tune
        With ``time``: go on from the fastest ones in generations, as MetaSchedule does.
    sizes
        Values of the variables in the buffers' shapes.

    Raises
    ------
    RequestError
        When the count is none from 1 to 64, or ``tune`` is asked for by cost.
    VizError
        When the text cannot be read, the program cannot be run as it is written, there is nothing
        to draw from, or the process ran out of time or memory.
    """
    from viz.service.client.submit import submit

    check_search(count, by, tune=tune)
    part = SearchPart(count=count, seed=seed, by=by, tune=tune, sizes=dict(sizes or {}))
    base = base_request(text, definition, function, arguments, options)
    reply = submit(with_part(base, part, "llvm" if by == "time" else "cuda")).result()
    assert isinstance(reply, ScheduleSearch)
    return reply
