"""Run one PrimFunc of 2024 on a device and compare its outputs with a reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from viz.errors import LoweringError, RequestError, RunError
from viz.harness import arrays, reference
from viz.harness.array_files import arrays_of_files
from viz.harness.comparison import HEAD, Tolerance, compare, finite
from viz.harness.dlpack import ExportedArray
from viz.harness.guarded import Damage, GuardedMemory, outside
from viz.harness.made_arrays import Filling
from viz.harness.outputs.kept import kept, require_tolerance
from viz.harness.outputs.not_numbers import not_numbers
from viz.legacy.functions import by_importance, describe, function_of, symbol_of
from viz.legacy.parse import LegacyParsed
from viz.legacy.runtime import arguments as made_up
from viz.legacy.runtime.devices import DEVICES, LegacyProgram, needs_gpu
from viz.legacy.runtime.emulation import LegacyEmulation
from viz.legacy.runtime.tolerances import tolerance
from viz.messages import Message, message_of
from viz.model import (
    EMULATED,
    Finding,
    Input,
    Options,
    Outcome,
    Problem,
    Request,
    RunPart,
    Scalar,
)

RETURNED = "returned value"
"""The name of what a function returns, where outputs are named."""

KINDS = {"b": (1, 1, 1), "i": (0, 0, 1), "u": (1, 0, 1), "f": (2, 0, 1), "V": (4, 16, 1)}
"""DLPack's code, bits and lanes by NumPy's kind of a dtype; 0 bits are those of an element."""


class _LegacyCall(NamedTuple):
    """A PrimFunc and what it is called with; ``outputs`` names the buffers that it writes."""

    name: str
    function: Any
    arguments: arrays.Arguments
    outputs: list[str]

    @property
    def symbol(self) -> str:
        """What a built program calls the function."""
        return symbol_of(self.function) or self.name


class _LegacyExpected(NamedTuple):
    """What the outputs are compared with; ``is_reference`` where a reference computed them."""

    outputs: Mapping[str, arrays.Array]
    described: Message
    is_reference: bool
    problems: tuple[Problem, ...] = ()


def run(parsed: LegacyParsed, name: str, request: Request) -> Outcome:
    """Run one PrimFunc of a module on a device and compare its outputs.

    Raises
    ------
    RequestError
        When there is no such device.
    RunError
        When it can run neither on that device nor on a stand-in.
    LoweringError
        When it cannot be built.
    """
    try:
        return _run(parsed, name, request)
    except RunError as error:
        error.span = error.span or parsed.name_span(name)
        raise


def _run(parsed: LegacyParsed, name: str, request: Request) -> Outcome:
    part = request.part
    assert isinstance(part, RunPart)
    function = function_of(parsed.mod, name)
    _require_able(part)
    require_tolerance(part)
    device, problems = _choose(part.device, function)
    call = _prepared(parsed, name, function, part)
    is_meant = DEVICES[device].target == DEVICES[part.device].target
    options = request.options if is_meant else Options()
    program = DEVICES[device].build(parsed.mod, options, name, part)
    results, damage = _execute(program, call)
    findings = _findings(program, damage)
    expected = _expected(parsed, call, request, device, program, findings)
    problems = (*problems, *program.problems, *expected.problems)
    needed = Tolerance(tolerance(function, parsed.mod), rtol=part.rtol, atol=part.atol)
    comparisons = tuple(
        compare(output, results[output], expected.outputs[output], needed, pictures=part.pictures)
        for output in results
        if output in expected.outputs
    )
    confirmed = {each.name for each in comparisons if each.passed}
    unwritten = _unwritten(
        program, call, results, confirmed if expected.is_reference else set(), part.seed
    )
    id_ = "nothing-written" if expected.is_reference else "nothing-written-no-reference"
    problems += tuple(
        Problem(code="unwritten", severity="warning", what=message_of(id_, name=output))
        for output in unwritten
    )
    problems += tuple(not_numbers(results, expected.outputs, call.arguments.values))
    arrays_kept, left_out = kept(call.arguments, results, expected.outputs, part)
    problems += tuple(left_out)
    right = all(each.passed for each in comparisons) and not unwritten
    passed = right and all(finding.harmless for finding in findings)
    return Outcome(
        device=part.device,
        ran=program.ran,
        passed=passed,
        reference=expected.described,
        comparisons=comparisons,
        inputs=tuple(_inputs(call)),
        sizes=call.arguments.sizes,
        seconds=_seconds(program, call),
        seed=part.seed,
        problems=problems,
        mode=program.mode,
        findings=findings,
        arrays=arrays_kept,
    )


# ---------------------------------------------------------------- what runs


def _require_able(part: RunPart) -> None:
    for asked, name in ((part.compare_with, "compare_with"), (part.timed, "timed")):
        if asked in ("llvm", "python", True):
            raise RequestError(message_of("legacy-cannot", asked=name))
    if part.device not in DEVICES:
        raise RequestError(message_of("no-device", requested=part.device, devices=(*DEVICES,)))
    if part.checked and not DEVICES[part.device].checks:
        raise RequestError(message_of("no-checked-mode-2024", device=part.device))
    if part.order != "forward" and part.device != EMULATED:
        raise RequestError(message_of("no-thread-order", device=part.device, emulated=EMULATED))


def _choose(requested: str, function: Any) -> tuple[str, tuple[Problem, ...]]:
    """Return the device to run on: the requested one, or LLVM and a warning."""
    missing = DEVICES[requested].missing()
    if not missing:
        return requested, ()
    can_emulate = requested == "cuda" and not DEVICES[EMULATED].missing()
    if needs_gpu(function):
        id_ = "emulate-without-gpu" if can_emulate else "needs-gpu"
        raise RunError(message_of("cannot-run-bound", missing=missing), hint=message_of(id_))
    what = message_of(
        "stand-in-emulated" if can_emulate else "stand-in",
        device=DEVICES[requested].title,
        missing=missing,
        language=requested.upper(),
    )
    return "llvm", (Problem(code="stand-in", severity="warning", what=what),)


def _prepared(parsed: LegacyParsed, name: str, function: Any, part: RunPart) -> _LegacyCall:
    """Return the call of a function on made-up inputs.

    Raises
    ------
    RequestError
        When a size is chosen that the function does not have.
    RunError
        When no inputs can be made, or the function has no output.
    """
    known = made_up.symbols(function)
    for size in part.sizes:
        if size not in known:
            hint = message_of("sizes-to-choose", names=tuple(known)) if known else ""
            raise RequestError(
                message_of("no-extent-named", name=size), hint=hint or message_of("all-sizes-fixed")
            )
    ranges = _declared(parsed, name, "RANGES") | dict(part.ranges)
    described = describe(parsed.mod, name, None)
    outputs = [parameter.name for parameter in described.parameters if parameter.written]
    filling = Filling(part.inputs, arrays_of_files(part.arrays), frozenset(outputs))
    sizes = (
        _declared(parsed, name, "SIZES")
        | filling.sizes(made_up.extents_of(function))
        | dict(part.sizes)
    )
    arguments = made_up.make(function, part.seed, sizes, ranges, filling)
    if not outputs and not _returns(function):
        raise RunError(message_of("writes-nothing", name=name))
    return _LegacyCall(name, function, arguments, outputs)


def _returns(function: Any) -> bool:
    return hasattr(function.ret_type, "dtype")


def _is_first(parsed: LegacyParsed, name: str) -> bool:
    """Whether a function is the first of its text, which the text's metadata is about."""
    definitions = parsed.program.definitions
    is_first = not definitions or parsed.definition == definitions[0].name
    return is_first and name == by_importance(parsed.mod)[0]


def _declared(parsed: LegacyParsed, name: str, title: str) -> dict[str, Any]:
    """Return the text's ``SIZES`` or ``RANGES``, which are about its first function alone."""
    if not _is_first(parsed, name):
        return {}
    metadata = parsed.program.metadata
    table: Any = metadata.sizes if title == "SIZES" else metadata.ranges
    if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
        raise RequestError(message_of("not-a-table", title=title))
    return table


# ---------------------------------------------------------------- calls


def _execute(
    program: LegacyProgram, call: _LegacyCall
) -> tuple[dict[str, arrays.Array], dict[str, Damage]]:
    """Call the function on fresh copies of its arguments."""
    guarded, values = _placed(call.arguments)
    value = program.program.call(call.symbol, values)
    damage = {name: found for name, each in guarded.items() if (found := each.damage())}
    outputs = {name: np.array(guarded[name].array) for name in call.outputs}
    if value is not None and _returns(call.function):
        kind = arrays.numpy_dtype(str(call.function.ret_type.dtype))
        outputs[RETURNED] = np.asarray(value, kind)
    return outputs, damage


def _placed(arguments: arrays.Arguments) -> tuple[dict[str, GuardedMemory], list[Any]]:
    """Return copies of the arrays between guard zones, and the values to pass."""
    guarded = {
        name: GuardedMemory(value)
        for name, value in arguments.values.items()
        if isinstance(value, np.ndarray)
    }
    return guarded, [
        _exported(guarded[name].array, name) if name in guarded else value
        for name, value in arguments.values.items()
    ]


def _exported(array: arrays.Array, name: str) -> ExportedArray:
    code, bits, lanes = KINDS[array.dtype.kind]
    return ExportedArray(array, (code, bits or 8 * array.itemsize, lanes), name)


def _seconds(program: LegacyProgram, call: _LegacyCall) -> float | None:
    guarded, values = _placed(call.arguments)
    try:
        return program.seconds(call.symbol, values)
    except RunError:
        return None
    finally:
        del guarded  # until now the memory of the parameters


def _unwritten(
    program: LegacyProgram,
    call: _LegacyCall,
    results: Mapping[str, arrays.Array],
    confirmed: set[str],
    seed: int,
) -> list[str]:
    """Return the outputs that hold what they held before the call, whatever that was."""
    unchanged = [
        name
        for name in call.outputs
        if name not in confirmed and _is_unchanged(call.arguments, results, name)
    ]
    if not unchanged:
        return []
    refilled = arrays.refill(call.arguments, unchanged, seed)
    again, _ = _execute(program, call._replace(arguments=refilled))
    return [name for name in unchanged if _is_unchanged(refilled, again, name)]


def _is_unchanged(
    arguments: arrays.Arguments, results: Mapping[str, arrays.Array], name: str
) -> bool:
    before, after = np.asarray(arguments.values[name]), results[name]
    return bool(after.size) and before.tobytes() == after.tobytes()


def _findings(program: LegacyProgram, damage: Mapping[str, Damage]) -> tuple[Finding, ...]:
    own = program.program.findings if isinstance(program.program, LegacyEmulation) else []
    return (*own, *(outside(name, found) for name, found in damage.items()))


def _inputs(call: _LegacyCall) -> Iterator[Input]:
    for name, value in call.arguments.values.items():
        if isinstance(value, np.ndarray):
            head = tuple(finite(number) for number in value.ravel()[:HEAD].astype(np.float64))
            yield Input(name=name, dtype=str(value.dtype), shape=tuple(value.shape), head=head)
        else:
            kind = next(
                str(variable.dtype)
                for own, variable, _ in made_up.buffers_of(call.function)
                if own == name
            )
            yield Input(name=name, dtype=kind, shape=(), head=(finite(value),))


# ---------------------------------------------------------------- what the outputs should be


def _expected(
    parsed: LegacyParsed,
    call: _LegacyCall,
    request: Request,
    device: str,
    program: LegacyProgram,
    findings: tuple[Finding, ...],
) -> _LegacyExpected:
    """Compute what the outputs should be: by a reference, or by another run.

    Raises
    ------
    RunError
        When the reference fails, or there is nothing to compare with.
    """
    part = request.part
    assert isinstance(part, RunPart)
    refusal = reference.REFUSAL.get()
    metadata, own = parsed.program.metadata, _is_first(parsed, call.name)
    declared = metadata.reference if own else ""
    source = part.reference or ("" if refusal else declared)
    problems: tuple[Problem, ...] = ()
    if declared and not part.reference and refusal:
        what = message_of("reference-not-used", reason=refusal)
        problems = (Problem(code="reference", severity="warning", what=what),)
    if source:
        text = parsed.program.plain_text()
        outputs = call.outputs or [RETURNED]
        constants = _factory_arguments(parsed) | dict(request.arguments)
        try:
            found = reference.call(source, call.arguments, outputs, text, constants)
        except RunError as error:
            error.span = parsed.program.in_text(error.span) if error.span else None
            raise
        return _LegacyExpected(found, message_of("compared-reference"), True, problems)
    if metadata.reference and not own:
        first = parsed.program.definitions[0].name
        what = message_of("reference-of-another", first=first, name=call.name)
        problems = (Problem(code="reference", severity="info", what=what),)
    wrong = any(not finding.harmless for finding in findings)
    if program.mode == "checked" and (wrong or needs_gpu(call.function)):
        return _LegacyExpected({}, message_of("compared-nothing"), False, problems)
    if needs_gpu(call.function):
        parameters = reference.signature(call.arguments.values, outputs)
        raise RunError(message_of("nothing-to-compare", parameters=parameters))
    return _other_run(parsed, call, device, problems)


def _factory_arguments(parsed: LegacyParsed) -> dict[str, Scalar]:
    """Return the defaults of the arguments of the factory that the function is made by."""
    return {
        argument.name: argument.default
        for definition in parsed.program.definitions
        if definition.name == parsed.definition
        for argument in definition.arguments
        if argument.default is not None
    }


def _other_run(
    parsed: LegacyParsed, call: _LegacyCall, device: str, problems: tuple[Problem, ...]
) -> _LegacyExpected:
    """Return the outputs of the same program through another CPU codegen."""
    others = [name for name in ("llvm", "c") if name != device and not DEVICES[name].missing()]
    other = next(iter(others), device)
    title = DEVICES[other].title
    try:
        program = DEVICES[other].build(parsed.mod, Options(), call.name, RunPart())
        found, _ = _execute(program, call)
    except (LoweringError, RunError) as error:
        parameters = reference.signature(call.arguments.values, call.outputs)
        what = message_of("not-compared", device=title, why=error.what, parameters=parameters)
        warning = Problem(code="uncompared", severity="warning", what=what)
        nothing = message_of("compared-nothing")
        return _LegacyExpected({}, nothing, False, (*problems, warning))
    id_ = "compared-same-codegen" if other == device else "compared-other-run"
    return _LegacyExpected(found, message_of(id_, device=title), False, problems)
