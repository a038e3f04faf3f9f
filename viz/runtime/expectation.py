"""Compute what the outputs of a run should be: by a reference, or by another run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from viz.errors import LoweringError, RequestError, RunError, VizError
from viz.harness import arrays, reference
from viz.ir.functions import by_importance
from viz.ir.parse import Parsed
from viz.messages import Message, message_of
from viz.model import Finding, Options, Problem, ReferenceKind, Request, RunPart, Scalar
from viz.passes.function_roles import is_bound
from viz.runtime.devices import DEVICES, BuiltProgram
from viz.runtime.execute import Call, execute

NOTHING = message_of("compared-nothing")
"""What the outputs are compared with where a checked run has no reference."""

IN_PART = message_of("compared-in-part")
"""The same where not all blocks of a kernel ran."""


class Expectation(NamedTuple):
    """What the outputs are compared with.

    Attributes
    ----------
    outputs
        The expected outputs by name; empty where there is no reference.
    described
        Where they come from, in words.
    is_reference
        Whether a reference function computed them, not another run of the program.
    kind
        What was chosen, or the sort of reference function.
    """

    outputs: dict[str, arrays.Array]
    described: Message
    is_reference: bool
    problems: list[Problem]
    kind: ReferenceKind = ""


def is_first(parsed: Parsed, name: str) -> bool:
    """Whether a function is the first of its text, which the text's metadata is about."""
    definitions = parsed.program.definitions
    is_first_definition = not definitions or parsed.definition == definitions[0].name
    return name == first_function(parsed) and is_first_definition


def first_function(parsed: Parsed) -> str:
    """Return the name of a text's ``main``, else of its first function that no other calls."""
    return by_importance(parsed.whole or parsed.mod)[0]


def expectation(
    parsed: Parsed,
    call: Call,
    request: Request,
    device: str,
    program: BuiltProgram,
    outputs: list[str],
    findings: Sequence[Finding],
) -> Expectation:
    """Compute what the outputs should be: by a reference, or by another run.

    The reference is the request's, or the text's where the function is its first. A checked program
    that was found to be wrong is not run by what checks nothing. Outputs that are not whole are
    compared with nothing.

    Raises
    ------
    RequestError
        When there is none of the kind that is asked for.
    RunError
        When the reference fails, or there is nothing to compare with.
    """
    part = request.part
    assert isinstance(part, RunPart)
    if not program.ran_all:
        return Expectation({}, IN_PART, False, [])
    if parsed.unscheduled is not None:  # a schedule keeps what a program computes, or is wrong
        parsed = parsed._replace(mod=parsed.unscheduled, unscheduled=None)
        call = call._replace(function=parsed.mod[call.name])
    own = is_first(parsed, call.name)
    declared = parsed.program.metadata.reference
    problems: list[Problem] = []
    wrong = any(not finding.harmless for finding in findings)
    if part.compare_with in ("llvm", "python"):
        if program.mode == "checked" and wrong and part.compare_with == "llvm":
            return Expectation({}, NOTHING, False, problems)
        return _chosen_run(parsed, call, part.compare_with, device)
    given = "" if part.compare_with == "numpy" else part.reference
    require_reference(part, declared if own else "", _signature(call))
    if declared and own and not given and (refusal := reference.REFUSAL.get()):
        problems.append(_not_allowed(refusal))
    expected = by_reference(parsed, call, outputs, given, request.arguments)
    if expected is not None:
        described = message_of("compared-own" if given else "compared-reference")
        kind: ReferenceKind = "own" if given else "numpy"
        return Expectation(expected, described, True, problems, kind)
    looked_at = program.mode == "checked" or part.cost is not None
    if looked_at and (wrong or is_bound(call.function)):
        # Its mistakes can be looked for, and its accesses counted, all the same.
        return Expectation({}, NOTHING, False, problems)
    if declared and not own:
        problems.append(_not_its_own(parsed, call.name))
    return _other_run(parsed, call, device, problems)


def require_reference(part: RunPart, declared: str, parameters: str) -> None:
    """Refuse a kind of reference of which there is none.

    Parameters
    ----------
    declared
        The text's own reference.
    parameters
        Those that a reference may have.

    Raises
    ------
    RequestError
        When there is none of the kind that is asked for.
    """
    if part.compare_with == "own" and not part.reference:
        raise RequestError(message_of("no-own-reference", parameters=parameters))
    if part.compare_with == "numpy" and not declared:
        raise RequestError(message_of("no-numpy-reference", parameters=parameters))


def _chosen_run(
    parsed: Parsed, call: Call, kind: Literal["llvm", "python"], device: str
) -> Expectation:
    """Return the outputs of the program as it stands, by LLVM or as Python.

    Raises
    ------
    RequestError
        When LLVM cannot run it.
    RunError, LoweringError
        When it cannot be built or run.
    """
    if kind == "llvm" and is_bound(call.function):
        raise RequestError(message_of("no-llvm-reference"))
    program = DEVICES[kind].build(parsed.mod, Options(), call.name)
    expected = execute(program, call).outputs
    described = message_of("compared-chosen", device=DEVICES[kind].title)
    problems = [_SAME] if kind == device else []
    return Expectation(expected, described, False, problems, kind)


_SAME = Problem(code="same", severity="warning", what=message_of("compared-with-itself"))


def by_reference(
    parsed: Parsed,
    call: Call,
    outputs: list[str],
    given: str,
    arguments: Mapping[str, Scalar],
) -> dict[str, arrays.Array] | None:
    """Compute what the outputs should be by a reference: a given one, or the text's.

    None where there is none, or references are not run here.

    Parameters
    ----------
    given
        Text of a reference; empty for that of the text, which is about its first function.
    arguments
        The arguments of the factory that the function is made by, where they were given.

    Raises
    ------
    RunError
        When the reference fails, with the place in the user's text.
    """
    declared = parsed.program.metadata.reference
    if not given and reference.REFUSAL.get():
        return None
    source = given or (declared if is_first(parsed, call.name) else "")
    if not source:
        return None
    constants = factory_arguments(parsed) | dict(arguments)
    text = parsed.program.plain_text()
    try:
        return reference.call(source, call.arguments, outputs, text, constants)
    except RunError as error:
        error.span = parsed.program.in_text(error.span) if error.span else None
        raise


def _other_run(parsed: Parsed, call: Call, device: str, problems: list[Problem]) -> Expectation:
    """Return the outputs of the unscheduled program through another CPU codegen.

    Where that codegen cannot do what the device can, the outputs are compared with nothing.
    """
    if is_bound(call.function):
        raise RunError(
            message_of("nothing-to-compare", parameters=_signature(call)),
        )
    others = [name for name in ("llvm", "c") if name != device and not DEVICES[name].missing()]
    failures = []
    for other in others or [device]:
        try:
            program = DEVICES[other].build(parsed.mod, Options(), call.name)
            expected = execute(program, call).outputs
        except (LoweringError, RunError) as error:
            failures.append(_not_compared(DEVICES[other].title, error, _signature(call)))
            continue
        id_ = "compared-same-codegen" if other == device else "compared-other-run"
        described = message_of(id_, device=DEVICES[other].title)
        return Expectation(expected, described, False, problems)
    return Expectation({}, NOTHING, False, [*problems, failures[0]])


def factory_arguments(parsed: Parsed) -> dict[str, Scalar]:
    """Return the defaults of the arguments of the factory that the function is made by."""
    for definition in parsed.program.definitions:
        if definition.name == parsed.definition:
            return {
                argument.name: argument.default
                for argument in definition.arguments
                if argument.default is not None
            }
    return {}


def _not_its_own(parsed: Parsed, name: str) -> Problem:
    definitions = parsed.program.definitions
    return Problem(
        code="reference",
        severity="info",
        what=message_of("reference-of-another", first=definitions[0].name, name=name),
    )


def _signature(call: Call) -> str:
    return reference.signature(call.arguments.values, call.outputs)


def _not_compared(other: Message, error: VizError, parameters: str) -> Problem:
    what = message_of("not-compared", device=other, why=error.what, parameters=parameters)
    return Problem(code="uncompared", severity="warning", what=what)


def _not_allowed(refusal: Message) -> Problem:
    return Problem(
        code="reference",
        severity="warning",
        what=message_of("reference-not-used", reason=refusal),
    )
