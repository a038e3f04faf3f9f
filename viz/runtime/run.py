"""Run a program and say whether its outputs are right.

What runs is the text on the screen, on one of the devices of :mod:`viz.runtime.devices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tvm

from viz.errors import RequestError, RunError
from viz.ir.labels import dtype, type_key
from viz.ir.parse import Parsed
from viz.ir.tvm_errors import TVM_ERRORS
from viz.model import EMULATED, Input, Options, Outcome, Problem, Request, RunPart, Scalar
from viz.passes.gpu_schedule import is_bound
from viz.runtime import inputs, reference
from viz.runtime.comparison import HEAD, compare, finite
from viz.runtime.devices import DEVICES, Ready
from viz.runtime.emulator.device import Emulation
from viz.runtime.emulator.user_lines import located

RETURNED = "returned value"
"""The name of what a function returns, where outputs are named."""

"""The device that looks for mistakes."""

_UNCHECKED = Problem(
    code="unchecked",
    severity="info",
    message="This was a fast run; a checked one looks for mistakes in the kernels.",
    hint="--checked on the command line, checked=True in viz.run.",
)

MOST_OF_A_REASON = 300


def run(parsed: Parsed, name: str, request: Request) -> Outcome:
    """Run one PrimFunc of a module on a device and compare its outputs.

    Raises
    ------
    RequestError
        When there is no such device.
    RunError
        When it cannot be run where it was asked to be, nor on a stand-in.
    LoweringError
        When it cannot be built.
    """
    part = request.part
    assert isinstance(part, RunPart)
    function = next(f for gv, f in parsed.mod.functions.items() if gv.name_hint == name)
    if part.device != EMULATED and (part.checked or part.order != "forward"):
        raise RequestError(
            f"{part.device} has no checked mode and no order of threads to choose",
            hint=f"The device {EMULATED} has.",
        )
    device_name, problems = _choose(part.device, function)
    metadata = parsed.program.metadata
    # What a text says about itself is about its first function.
    own = _is_first(parsed, name)
    _require_sizes(function, part.sizes)
    sizes = _table("SIZES", metadata.sizes if own else {}) | part.sizes
    ranges = _table("RANGES", metadata.ranges if own else {}) | part.ranges
    arguments = inputs.make(function, part.seed, sizes, ranges)
    returned = type_key(function.ret_type) == "ir.PrimType"
    written = [] if returned else inputs.outputs(function)
    if not written and not returned:
        raise RunError(f"{name} writes nothing that could be looked at")
    meant = target_of(part.device) == DEVICES[device_name].target
    options = request.options if meant else Options()
    ready = DEVICES[device_name].build(parsed.mod, options, name, part)
    problems += ready.problems
    got = _call(ready, function, name, arguments, written, returned=returned)
    findings = located(ready.module, parsed, options)
    if isinstance(ready.module, Emulation):
        problems += ready.module.remarks()
    source = part.reference or (metadata.reference if own else "")
    if source and not part.reference and (refusal := reference.REFUSAL.get()):
        source = ""
        problems.append(_not_allowed(refusal))
    if not source and ready.mode == "checked" and is_bound(function):
        # Its mistakes can be looked for all the same.
        expected, described = {}, "nothing: it has no reference"
    elif source:
        expected = reference.call(
            source,
            arguments,
            list(got),
            parsed.program.text,
            _factory_arguments(parsed) | request.arguments,
        )
        described = "the NumPy reference"
    else:
        if metadata.reference and not own:
            problems.append(_not_its_own(parsed, name))
        expected, described = _other_run(
            parsed, function, name, arguments, written, device_name, returned=returned
        )
    comparisons = tuple(
        compare(each, got[each], expected[each]) for each in got if each in expected
    )
    # Another run leaves alone what neither writes; what a reference calls right may be as it was.
    right = {each.name for each in comparisons if each.passed} if source else set()
    unwritten = [each for each in written if each not in right and _unchanged(arguments, got, each)]
    if unwritten:  # or written with the very values that it held
        again = inputs.refill(arguments, unwritten, part.seed, ranges)
        after = _call(ready, function, name, again, unwritten, returned=False)
        unwritten = [each for each in unwritten if _unchanged(again, after, each)]
    problems += [_nothing_written(each, compared=bool(source)) for each in unwritten]
    passed = all(each.passed for each in comparisons) and not unwritten and not findings
    if ready.mode == "fast" and not passed:
        problems.append(_UNCHECKED)
    return Outcome(
        device=part.device,
        ran=ready.ran,
        passed=passed,
        reference=described,
        comparisons=comparisons,
        inputs=tuple(_input(each, value, function) for each, value in arguments.values.items()),
        sizes=arguments.sizes,
        seconds=_time(ready, function, name, arguments),
        seed=part.seed,
        problems=tuple(problems),
        mode=ready.mode,
        findings=findings,
    )


def target_of(device: str) -> str:
    """Return the target whose text runs on a device; the device's own name where there is none."""
    return DEVICES[device].target if device in DEVICES else device


def _is_first(parsed: Parsed, name: str) -> bool:
    definitions = parsed.program.definitions
    return name == _first(parsed) and (not definitions or parsed.definition == definitions[0].name)


def _factory_arguments(parsed: Parsed) -> dict[str, Scalar]:
    """Return the defaults of the arguments of the factory that the function is made by."""
    chosen = [each for each in parsed.program.definitions if each.name == parsed.definition]
    return {
        argument.name: argument.default
        for definition in chosen[:1]
        for argument in definition.arguments
        if argument.default is not None
    }


def _not_its_own(parsed: Parsed, name: str) -> Problem:
    definitions = parsed.program.definitions
    return Problem(
        code="reference",
        severity="info",
        message=f"The text's reference is that of {definitions[0].name}, its first definition; "
        f"{name} is compared with another run instead.",
    )


def _not_allowed(refusal: str) -> Problem:
    return Problem(
        code="reference",
        severity="warning",
        message=f"The outputs are compared with another run, not with the text's reference: "
        f"{refusal}.",
    )


def _table(title: str, found: Any) -> dict[str, Any]:
    """Return what the text says of its inputs; it is the user's literal and may be anything."""
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise RequestError(f"{title} is no table of names", hint=f'Write {title} = {{"n": …}}.')
    return found


def _require_sizes(function: Any, sizes: Mapping[str, int]) -> None:
    known = inputs.symbols(function)
    for name in sizes:
        if name not in known:
            raise RequestError(
                f"no extent is named {name!r}",
                hint=f"Sizes to choose: {', '.join(known)}." if known else "All sizes are fixed.",
            )


def _unchanged(arguments: inputs.Arguments, got: Mapping[str, inputs.Array], name: str) -> bool:
    # By bytes: random content may be not a number.
    before, after = np.asarray(arguments.values[name]), got[name]
    return bool(after.size) and before.tobytes() == after.tobytes()


def _nothing_written(name: str, *, compared: bool) -> Problem:
    hint = "Do its indices lie inside the buffer?"
    if not compared:
        hint += " A reference would tell what it should hold."
    return Problem(
        code="unwritten",
        severity="warning",
        message=f"{name} holds what it held before: nothing was written inside it.",
        hint=hint,
    )


def _first(parsed: Parsed) -> str:
    names = [str(gv.name_hint) for gv in parsed.mod.functions]
    return "main" if "main" in names else min(names)


def _choose(asked: str, function: Any) -> tuple[str, list[Problem]]:
    """Return the device to run on: the one asked for, or LLVM and a warning."""
    if asked not in DEVICES:
        raise RequestError(
            f"there is no device named {asked!r}", hint=f"Devices: {', '.join(DEVICES)}."
        )
    missing = DEVICES[asked].missing()
    if not missing:
        return asked, []
    if is_bound(function):
        raise RunError(
            f"it cannot run: {missing}, and this function is bound to GPU threads",
            hint=_way_out(asked),
        )
    warning = Problem(
        code="stand-in",
        severity="warning",
        message=f"{DEVICES[asked].title}: {missing}. It ran through LLVM on the CPU instead.",
        hint=f"The outputs are those of the same program, not of its {asked.upper()} text."
        + (" The device cuda-emulated runs that." if _can_emulate(asked) else ""),
    )
    return "llvm", [warning]


def _way_out(asked: str) -> str:
    """Return what to do where a function that needs GPU threads cannot run."""
    if _can_emulate(asked):
        return "Without a GPU, the device cuda-emulated runs its CUDA text on the CPU."
    if asked == EMULATED:
        return "Install one: the CUDA text is compiled for the CPU with it."
    return "Its source can be read without a device; running it needs a GPU."


def _can_emulate(asked: str) -> bool:
    return asked == "cuda" and not DEVICES[EMULATED].missing()


def _call(
    ready: Ready,
    function: Any,
    name: str,
    arguments: inputs.Arguments,
    names: list[str],
    *,
    returned: bool,
) -> dict[str, inputs.Array]:
    tensors = _tensors(ready, arguments)
    try:
        value = ready.module[name](*(tensors[str(param.name)] for param in function.params))
        ready.device.sync()
    except (*TVM_ERRORS, AssertionError, AttributeError) as error:
        raise RunError(f"the program stopped: {_reason(error)}") from None
    if returned:
        return {RETURNED: np.asarray(value, inputs.numpy_dtype(dtype(function.ret_type)))}
    return {each: tensors[each].numpy() for each in names}


def _reason(error: Exception) -> str:
    """Return an error's message in one line: TVM breaks a sentence over several."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = " ".join(line for line in lines if line and not line.startswith("File "))
    return (said if len(said) <= MOST_OF_A_REASON else f"{said[:MOST_OF_A_REASON]}…") or type(
        error
    ).__name__


def _tensors(ready: Ready, arguments: inputs.Arguments) -> dict[str, Any]:
    return {
        name: tvm.runtime.tensor(value, ready.device) if isinstance(value, np.ndarray) else value
        for name, value in arguments.values.items()
    }


def _other_run(
    parsed: Parsed,
    function: Any,
    name: str,
    arguments: inputs.Arguments,
    names: list[str],
    device: str,
    *,
    returned: bool,
) -> tuple[dict[str, inputs.Array], str]:
    """Return the outputs of the unscheduled program through another CPU codegen."""
    if is_bound(function):
        raise RunError(
            "there is nothing to compare with: a function bound to GPU threads needs a reference",
            hint="Add one below your program: def reference(A): return …",
        )
    other = "llvm" if device != "llvm" or DEVICES["c"].missing() else "c"
    ready = DEVICES[other].build(parsed.mod, Options(), name)
    got = _call(ready, function, name, arguments, names, returned=returned)
    described = f"the same program through {DEVICES[other].title}"
    if other == device:
        described += ", the same codegen again, for there is no C compiler"
    return got, described


def _time(ready: Ready, function: Any, name: str, arguments: inputs.Arguments) -> float | None:
    """Return the mean seconds of a call, after one warm-up.

    None where the engine cannot time it.
    """
    tensors = _tensors(ready, arguments)
    try:
        evaluator = ready.module.time_evaluator(
            name, ready.device, number=1, repeat=3, min_repeat_ms=2
        )
        return float(evaluator(*(tensors[str(param.name)] for param in function.params)).mean)
    except (*TVM_ERRORS, AttributeError):
        return None


def _input(name: str, value: Any, function: Any) -> Input:
    if isinstance(value, np.ndarray):
        head = tuple(finite(each) for each in value.ravel()[:HEAD].astype(np.float64))
        return Input(name=name, dtype=str(value.dtype), shape=tuple(value.shape), head=head)
    kind = next(dtype(param.ty) for param in function.params if str(param.name) == name)
    return Input(name=name, dtype=kind, shape=(), head=(finite(value),))
