"""Find memory that TVM plans for both branches of a condition and allocates in the first alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tvm import ir, relax

from viz.errors import RunError
from viz.ir.functions import relax_functions
from viz.ir.parse import Parsed
from viz.ir.relax_places import direct_bindings
from viz.messages import message_of
from viz.passes.relax.bindings import arguments, bindings


def require_memory(parsed: Parsed, lowered: Mapping[str, Any]) -> None:
    """Refuse functions in which a branch uses memory that only another one allocates.

    ``StaticPlanBlockMemory`` of TVM 0.27 takes branches for statements that follow each other: the
    second one may get the memory of the first. The virtual machine crashes there.

    Parameters
    ----------
    lowered
        The Relax functions as the codegen of the virtual machine gets them, by name.

    Raises
    ------
    RunError
        With the place of the condition.
    """
    own = relax_functions(parsed.mod)
    for name, function in lowered.items():
        known = {each.__chandle__() for each in function.params}
        if not _uses_unknown(function.body, known):
            continue
        values = (value for _, value in bindings(own[name].body)) if name in own else ()
        found = next((each for each in values if isinstance(each, relax.If)), None)
        span = parsed.user_span(found.span) if found is not None else None
        raise RunError(message_of("relax-branch-memory", name=name), span=span)


def _uses_unknown(sequence: Any, known: set[int]) -> bool:
    """Whether a call is given a variable that nothing has bound on the way to it.

    Parameters
    ----------
    known
        The handles of the variables that are bound so far; those of the sequence are added.
    """
    for binding in direct_bindings(sequence):
        value = binding.value
        if isinstance(value, relax.If):
            branches = (value.true_branch, value.false_branch)
            if any(_uses_unknown(branch, set(known)) for branch in branches):
                return True
        variables = (each for each in arguments(value) if isinstance(each, ir.Var))
        objects = (each for each in variables if not isinstance(each.ty, ir.PrimType))
        if any(each.__chandle__() not in known for each in objects):
            return True
        known.add(binding.var.__chandle__())
    return False
