"""Find a Relax function that calls itself whatever its inputs are: the call would never end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tvm import relax

from viz.errors import RunError
from viz.ir.functions import relax_functions
from viz.ir.parse import Parsed
from viz.ir.relax_places import direct_bindings
from viz.messages import message_of
from viz.passes.relax.bindings import callee


def require_end(parsed: Parsed, name: str) -> None:
    """Refuse a function that calls itself on every way through it, directly or through others.

    Raises
    ------
    RunError
        With the place of the call that leads back.
    """
    functions = relax_functions(parsed.mod)
    call = _endless(functions, name, (name,), set())
    if call is not None:
        what = message_of("relax-endless", name=callee(call))
        raise RunError(what, span=parsed.user_span(call.span))


def _endless(
    functions: Mapping[str, Any], name: str, around: tuple[str, ...], ends: set[str]
) -> Any:
    """Return the call that leads back to a function around it; None where there is a way out.

    Parameters
    ----------
    around
        The functions whose calls led here, this one last.
    ends
        Functions that are known to have a way out.
    """

    def of_sequence(sequence: Any) -> Any:
        for binding in direct_bindings(sequence):
            value = binding.value
            if isinstance(value, relax.If):
                ways = [of_sequence(each) for each in (value.true_branch, value.false_branch)]
                if all(way is not None for way in ways):
                    return ways[0]
                continue
            called = callee(value)
            if called in around:
                return value
            if called in functions and called not in ends:
                found = _endless(functions, called, (*around, called), ends)
                if found is not None:
                    return found
        return None

    found = of_sequence(functions[name].body)
    if found is None:
        ends.add(name)
    return found
