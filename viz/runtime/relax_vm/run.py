"""Run a Relax function on the virtual machine and compare what it returns with a reference."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import tvm

from viz.errors import TVM_ERRORS, LoweringError, RequestError, RunError
from viz.harness import reference
from viz.harness.arrays import Array
from viz.harness.comparison import Tolerance, compare
from viz.harness.outputs.kept import kept, require_tolerance
from viz.harness.outputs.not_numbers import not_numbers
from viz.ir.parse import Parsed
from viz.messages import message_of
from viz.model import (
    EMULATED,
    PYTHON,
    Comparison,
    Cost,
    Finding,
    Outcome,
    Problem,
    ReferenceKind,
    Request,
    RunPart,
)
from viz.runtime.emulator.cost import cost_of
from viz.runtime.emulator.user_lines import located, locator
from viz.runtime.execute import stopped
from viz.runtime.expectation import (
    NOTHING,
    Expectation,
    factory_arguments,
    is_first,
    require_reference,
)
from viz.runtime.inputs import shown_inputs
from viz.runtime.relax_vm.branches import require_memory
from viz.runtime.relax_vm.inputs import Inputs, VmArguments
from viz.runtime.relax_vm.program import DEVICES, VmProgram, build
from viz.runtime.relax_vm.recursion import require_end
from viz.runtime.relax_vm.timing import timed

RESULT = "result"
"""The name of what a function returns; of a tuple ``result[0]`` and so on."""

REPEATS = 3


def run_relax(parsed: Parsed, name: str, request: Request) -> Outcome:
    """Run a Relax function of a module and compare what it returns.

    Raises
    ------
    RequestError
        When the device does not run Relax functions, or a size or an array does not fit.
    RunError
        When it calls itself without end, a branch lacks memory, no inputs can be made, or it stops
        with an error.
    LoweringError
        When it cannot be built.
    """
    part = request.part
    assert isinstance(part, RunPart)
    if part.device not in DEVICES:
        raise RequestError(message_of("relax-device", name=name, device=part.device))
    if part.device != EMULATED and (part.checked or part.cost is not None):
        raise RequestError(message_of("relax-unchecked", name=name))
    if part.compare_with == PYTHON:
        raise RequestError(message_of("relax-reference", name=name))
    require_tolerance(part)
    require_end(parsed, name)
    inputs = Inputs(parsed, name, part)
    began = time.perf_counter()
    program = build(parsed.mod, part.device, request.options, part)
    built = time.perf_counter() - began
    require_memory(parsed, program.functions)
    made = inputs.made(program.legalised)
    arguments = made.arguments
    results = _called(program, name, made)
    findings, cost, remarks = _checked(program, parsed, request)
    expected = _expected(parsed, name, made, results, request)
    own = Tolerance(rtol=part.rtol, atol=part.atol)
    comparisons: tuple[Comparison, ...] = tuple(
        compare(each, results[each], expected.outputs[each], own, pictures=part.pictures)
        for each in results
        if each in expected.outputs
    )
    timing, unable = timed(program, name, made, results, part)
    arrays, left_out = kept(arguments, results, expected.outputs, part)
    kernels = program.kernels
    return Outcome(
        device=part.device,
        ran=program.ran,
        passed=all(comparison.passed for comparison in comparisons)
        and not (kernels and kernels.stopped)
        and all(finding.harmless for finding in findings),
        reference=expected.described,
        reference_kind=expected.kind,
        comparisons=comparisons,
        inputs=shown_inputs(arguments, made.scalars()),
        sizes=arguments.sizes,
        seconds=_seconds(program, name, made),
        build_seconds=built,
        seed=part.seed,
        problems=(
            *remarks,
            *expected.problems,
            *not_numbers(results, expected.outputs, arguments.values),
            *unable,
            *left_out,
        ),
        timing=timing,
        arrays=arrays,
        mode=kernels.mode if kernels else "",
        findings=findings,
        cost=cost,
        launches=kernels.launches if kernels else (),
    )


def _checked(
    program: VmProgram, parsed: Parsed, request: Request
) -> tuple[tuple[Finding, ...], Cost | None, list[Problem]]:
    """Return the mistakes of emulated kernels, what they cost, and remarks on how they ran."""
    if program.kernels is None:
        return (), None, []
    emulation = program.kernels.module
    found_by = locator(emulation, parsed, request.options)
    remarks = [*program.kernels.problems, *emulation.remarks()]
    return located(emulation, found_by), cost_of(emulation, found_by, request.options), remarks


# ---------------------------------------------------------------- calls


def _called(program: VmProgram, name: str, made: VmArguments) -> dict[str, Array]:
    """Return what a function returns, by name.

    Raises
    ------
    RunError
        When it stops with an error, or returns no tensor.
    """
    try:
        value = program.call(name, made.passed())
    except TVM_ERRORS as error:
        raise RunError(stopped(error)) from None
    found = dict(_flat(RESULT, value))
    if not found:
        raise RunError(message_of("relax-no-tensor", name=name))
    return found


def _flat(name: str, value: Any) -> list[tuple[str, Array]]:
    """Return the tensors of a result: itself, or those of a tuple."""
    if isinstance(value, tvm.runtime.Tensor):
        return [(name, value.numpy())]
    if isinstance(value, (list, tuple)) or type(value).__name__ == "Array":
        return [pair for i, each in enumerate(value) for pair in _flat(f"{name}[{i}]", each)]
    return []


def _seconds(program: VmProgram, name: str, made: VmArguments) -> float | None:
    """Return the mean seconds of a call; of emulated kernels they would mean nothing."""
    if program.kernels is not None:
        return None
    passed = made.passed()
    began = time.perf_counter()
    for _ in range(REPEATS):
        program.call(name, passed)
    return (time.perf_counter() - began) / REPEATS


def _expected(
    parsed: Parsed,
    name: str,
    made: VmArguments,
    results: Mapping[str, Array],
    request: Request,
) -> Expectation:
    """Compute what a function should return: by a reference, else by the other CPU codegen."""
    part = request.part
    assert isinstance(part, RunPart)
    declared = parsed.program.metadata.reference if is_first(parsed, name) else ""
    own = "" if part.compare_with == "numpy" else part.reference
    source = "" if part.compare_with == "llvm" else own or declared
    parameters = reference.signature(made.arguments.values)
    require_reference(part, declared, parameters)
    if own == "" and reference.REFUSAL.get():
        source = ""
    if source:
        kind: ReferenceKind = "own" if own else "numpy"
        constants = factory_arguments(parsed) | dict(request.arguments)
        shapes = {each: array.shape for each, array in results.items()}
        text = parsed.program.plain_text()
        outputs = reference.call(source, made.arguments, list(results), text, constants, shapes)
        described = message_of("compared-own" if own else "compared-reference")
        return Expectation(outputs, described, True, [], kind)
    other = "c" if part.device == "llvm" else "llvm"
    try:
        outputs = _called(build(parsed.mod, other, request.options), name, made)
    except (LoweringError, RunError) as error:
        what = message_of(
            "not-compared",
            device=message_of(f"device-{other}"),
            why=error.what,
            parameters=parameters,
        )
        problem = Problem(code="uncompared", severity="warning", what=what)
        return Expectation({}, NOTHING, False, [problem])
    described = message_of("compared-other-run", device=message_of(f"device-{other}"))
    return Expectation(outputs, described, False, [])
