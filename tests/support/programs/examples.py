"""The examples, parsed and analysed in this process, once for all tests."""

from __future__ import annotations

from functools import cache

from tests.support.attacks import hostile
from viz.frontend.examples import examples
from viz.frontend.program import read

EXAMPLES = sorted(examples())


@cache
def parsed(name: str):
    """Return an example parsed in this process, once for all tests."""
    from viz.ir.parse import parse

    return parse(read(examples()[name].text))


@cache
def inspected(name: str, *targets: str, passes: bool = False):
    """Return the analysis of an example, or of the hostile program, made in this process."""
    import viz

    text = hostile.program(hostile.ODD) if name == "hostile" else examples()[name].text
    return viz.inspect(text, targets or ("c",), passes=passes)
