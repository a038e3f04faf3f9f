"""Run one PrimFunc on a device and compare its outputs with a reference.

What runs is the text on the screen, on one of the devices of :mod:`viz.runtime.devices`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from viz.emulator.translate import NotEmulated
from viz.errors import RequestError, RunError
from viz.harness.array_files import arrays_of_files
from viz.harness.comparison import Tolerance, compare
from viz.harness.guarded import Damage, outside
from viz.harness.made_arrays import Filling
from viz.harness.outputs.kept import kept, require_tolerance
from viz.harness.outputs.not_numbers import not_numbers
from viz.ir.functions import returns_value
from viz.ir.parse import Parsed
from viz.messages import Message, message_of
from viz.model import (
    EMULATED,
    OPENCL,
    REMOTE,
    Comparison,
    Cost,
    Finding,
    Options,
    Outcome,
    Problem,
    Request,
    RunPart,
    catalog,
)
from viz.model.catalog.cost_rules import architecture_of, architectures
from viz.passes.checks import problems as checks
from viz.passes.function_roles import is_bound, own_targets, without_targets
from viz.passes.pipeline import Lowered
from viz.runtime import error_location, inputs, timing
from viz.runtime.acceptance import at_users_line, judged
from viz.runtime.analysis.precision import tolerances
from viz.runtime.analysis.sizes import symbols
from viz.runtime.analysis.written import outputs as outputs_of
from viz.runtime.analysis.written import writes_nothing
from viz.runtime.checked_c.program import CheckedProgram
from viz.runtime.checked_c.user_lines import located as in_checked_c
from viz.runtime.devices import DEVICES, BuiltProgram
from viz.runtime.emulator.cost import cost_of
from viz.runtime.emulator.device import Emulation
from viz.runtime.emulator.user_lines import located, locator
from viz.runtime.execute import Call, execute, mean_seconds, unwritten_outputs
from viz.runtime.expectation import Expectation, expectation, is_first
from viz.runtime.inputs import scalars_of, shown_inputs, sizes_of_arrays
from viz.runtime.opencl.program import KernelsRefusedError
from viz.runtime.remote.session import connected

_UNCHECKED, _UNCHECKED_IN_PART = (
    Problem(code=code, severity="info", what=message_of(code))
    for code in ("unchecked", "unchecked-in-part")
)
_UNPLACED = Problem(
    code="unplaced",
    severity="info",
    what=message_of("unplaced"),
)


def run(parsed: Parsed, name: str, request: Request) -> Outcome:
    """Run one PrimFunc of a module on a device and compare its outputs.

    Raises
    ------
    RequestError
        When there is no such device.
    RunError
        When it can run neither on that device nor on a stand-in, with the place in the user's text.
    LoweringError
        When it cannot be built.
    """
    part = request.part
    with placing(parsed, name, part.reference if isinstance(part, RunPart) else ""):
        return _run(parsed, name, request)


@contextmanager
def placing(parsed: Parsed, name: str, reference: str) -> Iterator[None]:
    """Add the place in the user's text to an error of a run inside, where it can be told."""
    try:
        yield
    except RunError as error:
        error.span = error.span or error_location.find(error, parsed, name, reference)
        raise


def _run(parsed: Parsed, name: str, request: Request) -> Outcome:
    part = request.part
    assert isinstance(part, RunPart)
    own = own_targets(parsed.mod)
    parsed = for_device(parsed, part.device)
    function = next(f for gv, f in parsed.mod.functions.items() if gv.name_hint == name)
    _require_able(part)
    require_tolerance(part)
    device_name, problems = _choose(part.device, function)
    problems += set_aside(own, own_targets(parsed.mod))
    ranges = declared_table(parsed, name, "RANGES")
    call = prepared(parsed, name, function, part.seed, part.sizes, ranges, part)
    allowed = tolerances(function, parsed.mod, call.arguments.sizes)
    options = request.options if device_name == part.device else Options()
    program, built = _built(device_name, parsed, options, name, part)
    if program.lowered is not None:
        problems += launchable(program.lowered, parsed)
    results, damage = execute(program, call)
    findings, cost, remarks = _findings(program, parsed, options, damage)
    expected = expectation(parsed, call, request, device_name, program, list(results), findings)
    problems += [*program.problems, *remarks, *expected.problems]
    comparisons = compared(results, expected, allowed, call, part)
    # Another run leaves alone what neither writes; what a reference confirms may be as it was.
    confirmed = {comparison.name for comparison in comparisons if comparison.passed}
    unwritten = unwritten_outputs(
        program, call, results, confirmed if expected.is_reference else set(), part.seed
    )
    problems += [nothing_written(name, compared=expected.is_reference) for name in unwritten]
    right = all(comparison.passed for comparison in comparisons) and not unwritten
    passed = right and not program.stopped and all(finding.harmless for finding in findings)
    if program.mode == "fast" and not passed:
        problems.append(_UNCHECKED_IN_PART if part.cost is not None else _UNCHECKED)
    elif damage and not program.mode:
        problems.append(_UNPLACED)
    seconds = mean_seconds(program, call)
    timed, unable = timing.timed(program, call, parsed.mod, seconds, part)
    arrays, left_out = kept(call.arguments, results, expected.outputs, part)
    left_out += not_numbers(results, expected.outputs, call.arguments.values)
    return Outcome(
        device=part.device,
        ran=program.ran,
        passed=passed,
        reference=expected.described,
        reference_kind=expected.kind,
        comparisons=comparisons,
        inputs=shown_inputs(call.arguments, scalars_of(function)),
        sizes=call.arguments.sizes,
        seconds=seconds,
        build_seconds=built,
        seed=part.seed,
        problems=(*problems, *unable, *left_out),
        mode=program.mode,
        findings=findings,
        timing=timed,
        arrays=arrays,
        cost=cost,
        launches=program.launches,
    )


def _built(
    device: str, parsed: Parsed, options: Options, name: str, part: RunPart
) -> tuple[BuiltProgram, float]:
    """Return the built program, and the seconds that it took."""
    began = time.perf_counter()
    try:
        program = DEVICES[device].build(parsed.mod, options, name, part)
    except NotEmulated as error:
        raise judged(error, parsed, options) from None
    except KernelsRefusedError as error:
        raise at_users_line(error, error.text, OPENCL, parsed, options) from None
    return program, time.perf_counter() - began


def compared(
    results: Mapping[str, Any],
    expected: Expectation,
    allowed: Mapping[str, Tolerance],
    call: Call,
    part: RunPart = RunPart(),
) -> tuple[Comparison, ...]:
    """Compare each output that has a reference; a returned value was in no buffer before."""
    held = {name: np.asarray(value) for name, value in call.arguments.values.items()}
    return tuple(
        compare(
            output,
            results[output],
            expected.outputs[output],
            allowed.get(output, Tolerance())._replace(rtol=part.rtol, atol=part.atol),
            before=held.get(output),
            pictures=part.pictures,
        )
        for output in results
        if output in expected.outputs
    )


def _findings(
    program: BuiltProgram, parsed: Parsed, options: Options, damage: Mapping[str, Damage]
) -> tuple[tuple[Finding, ...], Cost | None, list[Problem]]:
    """Return the mistakes that the call made, what it cost where that was counted, and remarks."""
    found_by = locator(program.module, parsed, options)
    if isinstance(program.module, CheckedProgram):
        findings = in_checked_c(program.module, parsed)
    else:
        findings = located(program.module, found_by)
    findings += tuple(outside(name, found) for name, found in damage.items())
    remarks = program.module.remarks() if isinstance(program.module, Emulation) else []
    return findings, cost_of(program.module, found_by, options), remarks


def for_device(parsed: Parsed, device: str) -> Parsed:
    """Return a program whose functions name no target of the device's sort: it runs on the device.

    What TVM dumps after a target was bound says which GPU it was for.
    """
    if device not in catalog.devices():
        return parsed
    is_gpu = catalog.targets()[target_of(device)].gpu
    return parsed._replace(mod=without_targets(parsed.mod, of_gpus=is_gpu))


def set_aside(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Problem]:
    """Return a remark for each function whose own target is not the one that it runs on."""
    return [
        Problem(
            code="own-target",
            severity="info",
            what=message_of("target-set-aside", function=name, target=str(target.kind.name)),
        )
        for name, target in before.items()
        if name not in after
    ]


def target_of(device: str) -> str:
    """Return the target whose text runs on a device; the device's own name where there is none.

    Raises
    ------
    RunError
        When the remote device, which is asked, cannot be reached.
    """
    if device == REMOTE and not DEVICES[device].missing():
        return connected().target
    row = catalog.devices().get(device)
    return row.target if row is not None else device


# ---------------------------------------------------------------- inputs


def prepared(
    parsed: Parsed,
    name: str,
    function: Any,
    seed: int,
    sizes: Mapping[str, int],
    ranges: Mapping[str, tuple[float, float]],
    part: RunPart = RunPart(),
) -> Call:
    """Return the call of a function on made-up inputs.

    Raises
    ------
    RequestError
        When a size is chosen that the function does not have.
    RunError
        When no inputs can be made, or the function has no output.
    """
    _require_sizes(function, sizes)
    filling = Filling(part.inputs, arrays_of_files(part.arrays))
    of_arrays = sizes_of_arrays(function, filling)
    known = declared_table(parsed, name, "SIZES") | of_arrays | dict(sizes)
    gives_number = returns_value(function)
    outputs = [] if gives_number else outputs_of(function, parsed.mod)
    if not gives_number and writes_nothing(function, parsed.mod):
        outputs = []
    if not outputs and not gives_number:
        raise RunError(message_of("writes-nothing", name=name))
    filling = filling._replace(outputs=frozenset(outputs))
    arguments = inputs.make(function, seed, known, ranges, filling)
    return Call(name, function, arguments, outputs, gives_number)


def declared_table(parsed: Parsed, name: str, title: str) -> dict[str, Any]:
    """Return the text's ``SIZES`` or ``RANGES``, which are about its first function alone.

    The user wrote the literal, which may be anything.
    """
    if not is_first(parsed, name):
        return {}
    metadata = parsed.program.metadata
    table: Any = metadata.sizes if title == "SIZES" else metadata.ranges
    if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
        raise RequestError(message_of("not-a-table", title=title))
    return table


def _require_sizes(function: Any, sizes: Mapping[str, int]) -> None:
    known = symbols(function)
    for name in sizes:
        if name not in known:
            raise RequestError(
                message_of("no-extent-named", name=name),
                hint=message_of("sizes-to-choose", names=tuple(known))
                if known
                else message_of("all-sizes-fixed"),
            )


# ---------------------------------------------------------------- devices


def _require_able(part: RunPart) -> None:
    rows = catalog.devices()
    if part.device in rows and rows[part.device].in_browser:
        raise RequestError(message_of("only-in-browser", device=part.device))
    if part.checked and part.device in rows and not rows[part.device].checks:
        able = " and ".join(name for name, row in rows.items() if row.checks)
        raise RequestError(message_of("no-checked-mode", device=part.device, able=able))
    if part.cost is not None and part.device != EMULATED:
        raise RequestError(message_of("no-cost", device=part.device, emulated=EMULATED))
    if part.cost and part.cost.arch and architecture_of(part.cost.arch) is None:
        known = tuple(architectures())
        raise RequestError(message_of("no-limits", arch=part.cost.arch, known=known))
    if part.order != "forward" and part.device != EMULATED:
        raise RequestError(
            message_of("no-thread-order", device=part.device, emulated=EMULATED),
        )


def _choose(requested: str, function: Any) -> tuple[str, list[Problem]]:
    """Return the device to run on: the requested one, or LLVM and a warning."""
    if requested not in DEVICES:
        raise RequestError(message_of("no-device", requested=requested, devices=tuple(DEVICES)))
    missing = DEVICES[requested].missing()
    if not missing:
        return requested, []
    if is_bound(function):
        raise RunError(
            message_of("cannot-run-bound", missing=missing),
            hint=_way_out(requested),
        )
    warning = Problem(
        code="stand-in",
        severity="warning",
        what=message_of(
            "stand-in-emulated" if _can_emulate(requested) else "stand-in",
            device=DEVICES[requested].title,
            missing=missing,
            language=catalog.targets()[DEVICES[requested].target].title,
        ),
    )
    return "llvm", [warning]


def launchable(lowered: Lowered, parsed: Parsed) -> list[Problem]:
    """Return what is wrong with a GPU's program that runs all the same.

    Raises
    ------
    RunError
        Where a GPU would not run it as it is meant, before it is tried.
    """
    found = checks.problems(lowered, parsed)
    for problem in filter(checks.stops, found):
        raise RunError(problem.what, span=problem.span, hint=problem.advice or "")
    return list(found)


def _way_out(requested: str) -> Message:
    """Return what to do where a function that needs GPU threads cannot run."""
    if _can_emulate(requested):
        return message_of("emulate-without-gpu")
    if requested == EMULATED:
        return message_of("install-to-emulate")
    return message_of("needs-gpu")


def _can_emulate(requested: str) -> bool:
    return requested == "cuda" and not DEVICES[EMULATED].missing()


def nothing_written(name: str, *, compared: bool) -> Problem:
    """Return the warning of an output that holds what it held before."""
    id_ = "nothing-written" if compared else "nothing-written-no-reference"
    return Problem(code="unwritten", severity="warning", what=message_of(id_, name=name))
