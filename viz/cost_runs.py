"""Find edits of a program after which it costs less: ``viz.cost_advice``."""

from __future__ import annotations

from collections.abc import Mapping

from viz.analysis import base_request, with_part
from viz.model import (
    EMULATED,
    CostAdvice,
    CostAdvicePart,
    CostOptions,
    Options,
    RunPart,
    Scalar,
)


def cost_advice(
    text: str | bytes,
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    budget: int = 0,
    seconds: float = 30.0,
) -> CostAdvice:
    """Find edits of a program after which its accesses to memory cost less on a GPU.

    The program runs on the emulator, in a jailed process, with its accesses counted. Where they
    have a known pattern, such as a column of a shared tile or lanes that are apart, the text is
    edited and run again. An edit is returned if its accesses cost less, its outputs are those of
    the program before, and a checked run finds nothing new.

    >>> advice = viz.cost_advice(text)
    >>> for each in advice.suggestions:
    ...     print(each.title.text(), each.accesses[0].before, each.accesses[0].after)
    >>> better = advice.suggestions[0].text

    Parameters
    ----------
    text, definition, function, arguments, options, seed, sizes
        As for :func:`viz.run`.
    budget
        Accesses of single threads, after which no further block is looked at; 0 for all of them.
    seconds
        Seconds after which no further edit is tried.

    Raises
    ------
    VizError
        As :func:`viz.run`, for the program as it is.
    """
    from viz.service.client.submit import submit

    wanted = RunPart(
        device=EMULATED, seed=seed, sizes=dict(sizes or {}), cost=CostOptions(budget=budget)
    )
    base = base_request(text, definition, function, arguments, options)
    part = CostAdvicePart(run=wanted, seconds=seconds)
    advice = submit(with_part(base, part)).result()
    assert isinstance(advice, CostAdvice)
    return advice
