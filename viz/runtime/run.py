"""Run one PrimFunc on a device and compare its outputs with a reference.

What runs is the text on the screen, on one of the devices of :mod:`viz.runtime.devices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from viz.errors import LoweringError, RequestError, RunError, VizError
from viz.ir.labels import dtype, type_key
from viz.ir.parse import Parsed
from viz.messages import Message, message_of
from viz.model import EMULATED, Finding, Input, Options, Outcome, Problem, Request, RunPart, Scalar
from viz.passes.function_roles import is_bound
from viz.runtime import inputs, reference
from viz.runtime.acceptance import judged
from viz.runtime.analysis.precision import tolerances
from viz.runtime.analysis.sizes import symbols
from viz.runtime.analysis.written import outputs as outputs_of
from viz.runtime.checked_c.program import CheckedProgram
from viz.runtime.checked_c.user_lines import located as in_checked_c
from viz.runtime.comparison import HEAD, compare, finite
from viz.runtime.devices import DEVICES, BuiltProgram
from viz.runtime.emulator.device import Emulation
from viz.runtime.emulator.translate import NotEmulated
from viz.runtime.emulator.user_lines import located
from viz.runtime.execute import Call, execute, mean_seconds, unwritten_outputs
from viz.runtime.guarded import Damage, outside

_UNCHECKED = Problem(
    code="unchecked",
    severity="info",
    what=message_of("unchecked"),
)
_UNPLACED = Problem(
    code="unplaced",
    severity="info",
    what=message_of("unplaced"),
)

NOTHING = "nothing: it has no reference"
"""What the outputs are compared with where a checked run has no reference."""


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
    """

    outputs: dict[str, inputs.Array]
    described: str
    is_reference: bool
    problems: list[Problem]


def run(parsed: Parsed, name: str, request: Request) -> Outcome:
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
    part = request.part
    assert isinstance(part, RunPart)
    function = next(f for gv, f in parsed.mod.functions.items() if gv.name_hint == name)
    _require_able(part)
    device_name, problems = _choose(part.device, function)
    ranges = _declared_table(parsed, name, "RANGES")
    call = _prepared(parsed, name, function, part, ranges)
    allowed = tolerances(function, parsed.mod, call.arguments.sizes)
    is_meant = target_of(part.device) == DEVICES[device_name].target
    options = request.options if is_meant else Options()
    try:
        program = DEVICES[device_name].build(parsed.mod, options, name, part)
    except NotEmulated as error:
        raise judged(error, parsed, options) from None
    _require_apart(program, parsed)
    results, damage = execute(program, call)
    findings = _findings(program, parsed, options, damage)
    remarks = program.module.remarks() if isinstance(program.module, Emulation) else []
    expected = _expectation(parsed, call, request, device_name, program, list(results))
    problems += [*program.problems, *remarks, *expected.problems]
    comparisons = tuple(
        compare(output, results[output], expected.outputs[output], allowed.get(output, 0.0))
        for output in results
        if output in expected.outputs
    )
    # Another run leaves alone what neither writes; what a reference confirms may be as it was.
    confirmed = {comparison.name for comparison in comparisons if comparison.passed}
    unwritten = unwritten_outputs(
        program, call, results, confirmed if expected.is_reference else set(), part.seed
    )
    problems += [_nothing_written(name, compared=expected.is_reference) for name in unwritten]
    right = all(comparison.passed for comparison in comparisons) and not unwritten
    passed = right and all(finding.harmless for finding in findings)
    if program.mode == "fast" and not passed:
        problems.append(_UNCHECKED)
    elif damage and not program.mode:
        problems.append(_UNPLACED)
    return Outcome(
        device=part.device,
        ran=program.ran,
        passed=passed,
        reference=expected.described,
        comparisons=comparisons,
        inputs=tuple(
            _input(argument, value, function) for argument, value in call.arguments.values.items()
        ),
        sizes=call.arguments.sizes,
        seconds=mean_seconds(program, call),
        seed=part.seed,
        problems=tuple(problems),
        mode=program.mode,
        findings=findings,
    )


def _findings(
    program: BuiltProgram, parsed: Parsed, options: Options, damage: Mapping[str, Damage]
) -> tuple[Finding, ...]:
    if isinstance(program.module, CheckedProgram):
        findings = in_checked_c(program.module, parsed)
    else:
        findings = located(program.module, parsed, options)
    return findings + tuple(outside(name, found) for name, found in damage.items())


def target_of(device: str) -> str:
    """Return the target whose text runs on a device; the device's own name where there is none."""
    return DEVICES[device].target if device in DEVICES else device


# ---------------------------------------------------------------- inputs


def _prepared(
    parsed: Parsed,
    name: str,
    function: Any,
    part: RunPart,
    ranges: Mapping[str, tuple[float, float]],
) -> Call:
    """Return the call of a function on made-up inputs.

    Raises
    ------
    RequestError
        When a size is chosen that the function does not have.
    RunError
        When no inputs can be made, or the function has no output.
    """
    _require_sizes(function, part.sizes)
    sizes = _declared_table(parsed, name, "SIZES") | part.sizes
    arguments = inputs.make(function, part.seed, sizes, ranges)
    returns_value = type_key(function.ret_type) == "ir.PrimType"
    outputs = [] if returns_value else outputs_of(function, parsed.mod)
    if not outputs and not returns_value:
        raise RunError(f"{name} writes nothing that could be looked at")
    return Call(name, function, arguments, outputs, returns_value)


def _declared_table(parsed: Parsed, name: str, title: str) -> dict[str, Any]:
    """Return the text's ``SIZES`` or ``RANGES``, which are about its first function alone.

    The user wrote the literal, which may be anything.
    """
    if not _is_first(parsed, name):
        return {}
    metadata = parsed.program.metadata
    table: Any = metadata.sizes if title == "SIZES" else metadata.ranges
    if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
        raise RequestError(f"{title} is no table of names", hint=f'Write {title} = {{"n": …}}.')
    return table


def _require_sizes(function: Any, sizes: Mapping[str, int]) -> None:
    known = symbols(function)
    for name in sizes:
        if name not in known:
            raise RequestError(
                f"no extent is named {name!r}",
                hint=f"Sizes to choose: {', '.join(known)}." if known else "All sizes are fixed.",
            )


def _is_first(parsed: Parsed, name: str) -> bool:
    """Whether a function is the first of its text, which the text's metadata is about."""
    definitions = parsed.program.definitions
    is_first_definition = not definitions or parsed.definition == definitions[0].name
    return name == first_function(parsed) and is_first_definition


def first_function(parsed: Parsed) -> str:
    """Return the name of a module's ``main``, else of its first function by name."""
    names = [str(variable.name_hint) for variable in parsed.mod.functions]
    return "main" if "main" in names else min(names)


def _input(name: str, value: Any, function: Any) -> Input:
    if isinstance(value, np.ndarray):
        head = tuple(finite(number) for number in value.ravel()[:HEAD].astype(np.float64))
        return Input(name=name, dtype=str(value.dtype), shape=tuple(value.shape), head=head)
    kind = next(dtype(param.ty) for param in function.params if str(param.name) == name)
    return Input(name=name, dtype=kind, shape=(), head=(finite(value),))


# ---------------------------------------------------------------- devices


def _require_able(part: RunPart) -> None:
    if part.checked and part.device in DEVICES and not DEVICES[part.device].checks:
        able = " and ".join(name for name, device in DEVICES.items() if device.checks)
        raise RequestError(
            f"{part.device} has no checked mode", hint=f"The devices {able} have one."
        )
    if part.order != "forward" and part.device != EMULATED:
        raise RequestError(
            f"{part.device} has no order of threads to choose",
            hint=f"The device {EMULATED} has.",
        )


def _choose(requested: str, function: Any) -> tuple[str, list[Problem]]:
    """Return the device to run on: the requested one, or LLVM and a warning."""
    if requested not in DEVICES:
        raise RequestError(
            f"there is no device named {requested!r}", hint=f"Devices: {', '.join(DEVICES)}."
        )
    missing = DEVICES[requested].missing()
    if not missing:
        return requested, []
    if is_bound(function):
        raise RunError(
            f"it cannot run: {missing}, and this function is bound to GPU threads",
            hint=_way_out(requested),
        )
    warning = Problem(
        code="stand-in",
        severity="warning",
        what=message_of(
            "stand-in-emulated" if _can_emulate(requested) else "stand-in",
            device=DEVICES[requested].title,
            missing=missing,
            language=requested.upper(),
        ),
    )
    return "llvm", [warning]


def _require_apart(program: BuiltProgram, parsed: Parsed) -> None:
    """Raise a RunError where host code touches GPU memory, before a GPU's driver ends it."""
    for access in program.host_accesses:
        span = None if access.place is None else parsed.user_span(access.place)
        raise RunError(access.described(), span=span)


def _way_out(requested: str) -> str:
    """Return what to do where a function that needs GPU threads cannot run."""
    if _can_emulate(requested):
        return "Without a GPU, the device cuda-emulated runs its CUDA text on the CPU."
    if requested == EMULATED:
        return "Install one: the CUDA text is compiled for the CPU with it."
    return "Its source can be read without a device; running it needs a GPU."


def _can_emulate(requested: str) -> bool:
    return requested == "cuda" and not DEVICES[EMULATED].missing()


# ---------------------------------------------------------------- references


def _expectation(
    parsed: Parsed,
    call: Call,
    request: Request,
    device: str,
    program: BuiltProgram,
    outputs: list[str],
) -> Expectation:
    """Compute what the outputs should be: by a reference, or by another run.

    The reference is the request's, or the text's where the function is its first.

    Raises
    ------
    RunError
        When the reference fails, or there is nothing to compare with.
    """
    part = request.part
    assert isinstance(part, RunPart)
    is_first = _is_first(parsed, call.name)
    declared = parsed.program.metadata.reference
    source = part.reference or (declared if is_first else "")
    problems = []
    if source and not part.reference and (refusal := reference.REFUSAL.get()):
        source = ""
        problems.append(_not_allowed(refusal))
    if source:
        constants = _factory_arguments(parsed) | request.arguments
        expected = reference.call(source, call.arguments, outputs, parsed.program.text, constants)
        return Expectation(expected, "the NumPy reference", True, problems)
    if program.mode == "checked" and is_bound(call.function):
        # Its mistakes can be looked for all the same.
        return Expectation({}, NOTHING, False, problems)
    if declared and not is_first:
        problems.append(_not_its_own(parsed, call.name))
    return _other_run(parsed, call, device, problems)


def _other_run(parsed: Parsed, call: Call, device: str, problems: list[Problem]) -> Expectation:
    """Return the outputs of the unscheduled program through another CPU codegen.

    Where that codegen cannot do what the device can, the outputs are compared with nothing.
    """
    if is_bound(call.function):
        raise RunError(
            "there is nothing to compare with: a function bound to GPU threads needs a reference",
            hint="Add one below your program: def reference(A): return …",
        )
    others = [name for name in ("llvm", "c") if name != device and not DEVICES[name].missing()]
    failures = []
    for other in others or [device]:
        try:
            program = DEVICES[other].build(parsed.mod, Options(), call.name)
            expected = execute(program, call).outputs
        except (LoweringError, RunError) as error:
            failures.append(_not_compared(DEVICES[other].title, error))
            continue
        described = f"the same program through {DEVICES[other].title}"
        if other == device:
            described += ", the same codegen again, for there is no C compiler"
        return Expectation(expected, described, False, problems)
    return Expectation({}, NOTHING, False, [*problems, failures[0]])


def _factory_arguments(parsed: Parsed) -> dict[str, Scalar]:
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


def _not_compared(other: str, error: VizError) -> Problem:
    what = message_of("not-compared", device=other, why=error.what)
    return Problem(code="uncompared", severity="warning", what=what)


def _not_allowed(refusal: Message) -> Problem:
    return Problem(
        code="reference",
        severity="warning",
        what=message_of("reference-not-used", reason=refusal),
    )


def _nothing_written(name: str, *, compared: bool) -> Problem:
    id_ = "nothing-written" if compared else "nothing-written-no-reference"
    return Problem(code="unwritten", severity="warning", what=message_of(id_, name=name))
