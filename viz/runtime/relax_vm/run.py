"""Run a Relax function on the virtual machine and compare what it returns with a reference."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import tvm
from tvm import relax

from viz.errors import TVM_ERRORS, LoweringError, RequestError, RunError
from viz.harness import reference
from viz.harness.array_files import arrays_of_files
from viz.harness.arrays import MOST_ELEMENTS, Arguments, Array
from viz.harness.comparison import Tolerance, compare
from viz.harness.made_arrays import Filling
from viz.harness.outputs.kept import kept, require_tolerance
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
from viz.runtime.analysis.sizes import DEFAULT_SIZE, extent_of, variables
from viz.runtime.emulator.cost import cost_of
from viz.runtime.emulator.user_lines import located, locator
from viz.runtime.execute import stopped
from viz.runtime.expectation import NOTHING, Expectation, factory_arguments, is_first
from viz.runtime.inputs import require_drawable
from viz.runtime.relax_vm.program import DEVICES, VmProgram, build
from viz.runtime.run import declared_table, shown_input

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
        When no inputs can be made, or it stops with an error.
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
    arguments = _arguments(parsed, name, part)
    began = time.perf_counter()
    program = build(parsed.mod, part.device, request.options, part)
    built = time.perf_counter() - began
    results = _called(program, name, arguments)
    findings, cost, remarks = _checked(program, parsed, request)
    expected = _expected(parsed, name, arguments, results, request)
    own = Tolerance(rtol=part.rtol, atol=part.atol)
    comparisons: tuple[Comparison, ...] = tuple(
        compare(each, results[each], expected.outputs[each], own, pictures=part.pictures)
        for each in results
        if each in expected.outputs
    )
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
        inputs=tuple(
            shown_input(each, value, parsed.mod[name]) for each, value in arguments.values.items()
        ),
        sizes=arguments.sizes,
        seconds=_seconds(program, name, arguments),
        build_seconds=built,
        seed=part.seed,
        problems=(*remarks, *expected.problems, *left_out),
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


# ---------------------------------------------------------------- inputs


def _arguments(parsed: Parsed, name: str, part: RunPart) -> Arguments:
    """Make inputs for the parameters, the same for the same seed."""
    function = parsed.mod[name]
    filling = Filling(part.inputs, arrays_of_files(part.arrays))
    shapes = {str(each.name): _extents(each) for each in function.params}
    filling.require_names(shapes)
    symbols = {
        each: [str(e.name) if isinstance(e, tvm.ir.Var) else "" for e in extents]
        for each, extents in shapes.items()
    }
    chosen = declared_table(parsed, name, "SIZES") | filling.sizes(symbols) | part.sizes
    names = {str(v.name) for extents in shapes.values() for e in extents for v in variables(e)}
    if unknown := sorted(part.sizes.keys() - names):
        raise RequestError(message_of("no-extent-named", name=unknown[0]))
    sizes = {each: int(chosen.get(each, DEFAULT_SIZE)) for each in sorted(names)}
    ranges = declared_table(parsed, name, "RANGES") | part.ranges
    require_drawable(part.seed, ranges)
    generator = np.random.default_rng(part.seed)
    values: dict[str, Array | int | float] = {}
    for parameter in function.params:
        each = str(parameter.name)
        shape = tuple(extent_of(extent, sizes, each) for extent in shapes[each])
        if math.prod(shape) > MOST_ELEMENTS:
            raise RunError(message_of("inputs-too-large", most=MOST_ELEMENTS))
        dtype = str(parameter.ty.dtype)
        values[each] = filling.array(each, generator, dtype, shape, ranges.get(each))
    return Arguments(values, sizes, ranges)


def _extents(parameter: Any) -> list[Any]:
    """Return the extents of a tensor.

    Raises
    ------
    RunError
        When a parameter is no tensor of a known shape.
    """
    ty = parameter.ty
    if isinstance(ty, relax.TensorType) and isinstance(ty.shape, relax.ShapeExpr):
        return list(ty.shape.values)
    raise RunError(message_of("relax-input", name=str(parameter.name)))


# ---------------------------------------------------------------- calls


def _called(program: VmProgram, name: str, arguments: Arguments) -> dict[str, Array]:
    """Return what a function returns, by name.

    Raises
    ------
    RunError
        When it stops with an error, or returns no tensor.
    """
    try:
        value = program.call(name, _tensors(arguments))
    except TVM_ERRORS as error:
        raise RunError(stopped(error)) from None
    found = dict(_flat(RESULT, value))
    if not found:
        raise RunError(message_of("relax-no-tensor", name=name))
    return found


def _tensors(arguments: Arguments) -> list[Any]:
    return [tvm.runtime.tensor(value) for value in arguments.values.values()]


def _flat(name: str, value: Any) -> list[tuple[str, Array]]:
    """Return the tensors of a result: itself, or those of a tuple."""
    if isinstance(value, tvm.runtime.Tensor):
        return [(name, value.numpy())]
    if isinstance(value, (list, tuple)) or type(value).__name__ == "Array":
        return [pair for i, each in enumerate(value) for pair in _flat(f"{name}[{i}]", each)]
    return []


def _seconds(program: VmProgram, name: str, arguments: Arguments) -> float | None:
    """Return the mean seconds of a call; of emulated kernels they would mean nothing."""
    if program.kernels is not None:
        return None
    tensors = _tensors(arguments)
    began = time.perf_counter()
    for _ in range(REPEATS):
        program.call(name, tensors)
    return (time.perf_counter() - began) / REPEATS


def _expected(
    parsed: Parsed,
    name: str,
    arguments: Arguments,
    results: Mapping[str, Array],
    request: Request,
) -> Expectation:
    """Compute what a function should return: by a reference, else by the other CPU codegen."""
    part = request.part
    assert isinstance(part, RunPart)
    declared = parsed.program.metadata.reference if is_first(parsed, name) else ""
    source = "" if part.compare_with == "llvm" else part.reference or declared
    if part.reference == "" and reference.REFUSAL.get():
        source = ""
    if source:
        kind: ReferenceKind = "own" if part.reference else "numpy"
        constants = factory_arguments(parsed) | dict(request.arguments)
        shapes = {each: array.shape for each, array in results.items()}
        text = parsed.program.plain_text()
        outputs = reference.call(source, arguments, list(results), text, constants, shapes)
        described = message_of("compared-own" if part.reference else "compared-reference")
        return Expectation(outputs, described, True, [], kind)
    other = "c" if part.device == "llvm" else "llvm"
    try:
        outputs = _called(build(parsed.mod, other, request.options), name, arguments)
    except (LoweringError, RunError) as error:
        what = message_of("not-compared", device=message_of(f"device-{other}"), why=error.what)
        problem = Problem(code="uncompared", severity="warning", what=what)
        return Expectation({}, NOTHING, False, [problem])
    described = message_of("compared-other-run", device=message_of(f"device-{other}"))
    return Expectation(outputs, described, False, [])
