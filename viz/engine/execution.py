"""Run a program and say whether its outputs are right.

What runs is the text on the screen: for C the emitted text is compiled by the machine's C
compiler, for CUDA the emitted kernels by NVRTC or nvcc, for LLVM the very module whose IR is shown.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import tvm
import tvm_ffi
from tvm.tirx.build import codegen_build

from viz.engine import inputs, reference
from viz.engine.codegen import emit, lower, lowering_error
from viz.engine.comparison import HEAD, compare, finite
from viz.engine.compiling import c_compiler, compile_c, compile_cuda, require_externs
from viz.engine.labels import LOOP_KINDS, dtype, type_key
from viz.engine.parse import Parsed
from viz.engine.schedule import is_bound
from viz.errors import RequestError, RunError
from viz.model import Input, Options, Outcome, Problem, Request, RunPart, Scalar

RETURNED = "returned value"
"""The name of what a function returns, where outputs are named."""

MOST_OF_A_REASON = 300
NO_VECTORS = "tirx.disable_vectorize"


class Ready(NamedTuple):
    """A built program: how to call it by name, where its arrays live, what to say it ran on."""

    module: Any
    device: Any
    ran: str
    problems: tuple[Problem, ...] = ()


class Device(NamedTuple):
    """A place where programs run. ``missing`` says why it cannot be used here, or nothing."""

    title: str
    target: str
    missing: Callable[[], str]
    build: Callable[[tvm.IRModule, Options, str], Ready]


# ---------------------------------------------------------------- devices


def _no_c_compiler() -> str:
    return "" if c_compiler() else "no C compiler (gcc, cc or clang) is installed"


def _no_cuda() -> str:
    return "" if tvm.cuda(0).exist else "there is no CUDA device"


def _build_llvm(mod: tvm.IRModule, options: Options, function: str) -> Ready:
    require_externs(mod)
    lowered = lower(mod, "llvm", options)
    try:
        built = codegen_build(lowered.host, lowered.target)
    except (tvm.error.InternalError, ValueError, TypeError, RuntimeError) as error:
        raise lowering_error(error, "llvm") from error
    return Ready(built, tvm.cpu(), f"LLVM {_processor()}")


def _build_c(mod: tvm.IRModule, options: Options, function: str) -> Ready:
    require_externs(mod)
    problems: tuple[Problem, ...] = ()
    if NO_VECTORS not in options.config and _is_vectorized(mod):
        options = msgspec.structs.replace(options, config={**options.config, NO_VECTORS: True})
        problems = (
            Problem(
                code="vectors",
                severity="info",
                message=f"Its vectorized loops ran as plain loops ({NO_VECTORS}=true).",
                hint="The C codegen writes vector types that no C compiler knows.",
            ),
        )
    text = emit(lower(mod, "c", options)).emissions[0].text
    return Ready(compile_c(text), tvm.cpu(), f"{Path(c_compiler()).name} {_processor()}", problems)


def _is_vectorized(mod: tvm.IRModule) -> bool:
    loops: list[Any] = []
    for function in mod.functions.values():
        tvm_ffi.structural_walk(function.body, (tvm.tirx.For, loops.append), order="pre")
    return any(int(loop.kind) == LOOP_KINDS.index("T.vectorized") for loop in loops)


def _build_cuda(mod: tvm.IRModule, options: Options, function: str) -> Ready:
    lowered = lower(mod, "cuda", options, host="llvm")
    return Ready(compile_cuda(lowered), tvm.cuda(0), str(tvm.cuda(0).device_name))


DEVICES: dict[str, Device] = {
    "llvm": Device("LLVM on this CPU", "llvm", lambda: "", _build_llvm),
    "c": Device("C on this CPU", "c", _no_c_compiler, _build_c),
    "cuda": Device("CUDA GPU", "cuda", _no_cuda, _build_cuda),
}


def _processor() -> str:
    return f"on the CPU ({platform.machine()})"


# ---------------------------------------------------------------- running


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
    options = request.options if request.target == DEVICES[device_name].target else Options()
    ready = DEVICES[device_name].build(parsed.mod, options, name)
    problems += ready.problems
    got = _call(ready, function, name, arguments, written, returned=returned)
    source = part.reference or (metadata.reference if own else "")
    unwritten: list[str] = []
    if source:
        expected = reference.call(
            source,
            arguments,
            list(got),
            parsed.program.text,
            _factory_arguments(parsed) | request.arguments,
        )
        described = "the NumPy reference"
    else:
        if metadata.reference:
            problems.append(_not_its_own(parsed, name))
        expected, described = _other_run(
            parsed, function, name, arguments, written, device_name, returned=returned
        )
        # Both runs leave alone what neither writes, so that it would count as right.
        if written:
            again = inputs.refill(arguments, written, part.seed, ranges)
            after = _call(ready, function, name, again, written, returned=False)
            unwritten = [
                each
                for each in written
                if _unchanged(arguments, got, each) and _unchanged(again, after, each)
            ]
            problems += [_nothing_written(each) for each in unwritten]
    comparisons = tuple(compare(each, got[each], expected[each]) for each in got)
    return Outcome(
        device=part.device,
        ran=ready.ran,
        passed=all(each.passed for each in comparisons) and not unwritten,
        reference=described,
        comparisons=comparisons,
        inputs=tuple(_input(each, value, function) for each, value in arguments.values.items()),
        sizes=arguments.sizes,
        seconds=_time(ready, function, name, arguments),
        seed=part.seed,
        problems=tuple(problems),
    )


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


def _nothing_written(name: str) -> Problem:
    return Problem(
        code="unwritten",
        severity="warning",
        message=f"{name} holds what it held before: nothing was written inside it.",
        hint="Do its indices lie inside the buffer? A reference would tell what it should hold.",
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
            hint="Its source can be read without a device; running it needs a GPU.",
        )
    warning = Problem(
        code="stand-in",
        severity="warning",
        message=f"{DEVICES[asked].title}: {missing}. It ran through LLVM on the CPU instead.",
        hint=f"The outputs are those of the same program, not of its {asked.upper()} text.",
    )
    return "llvm", [warning]


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
    except (
        tvm.error.InternalError,
        ValueError,
        TypeError,
        RuntimeError,
        AssertionError,
        AttributeError,
    ) as error:
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
    except (tvm.error.InternalError, ValueError, TypeError, RuntimeError, AttributeError):
        return None


def _input(name: str, value: Any, function: Any) -> Input:
    if isinstance(value, np.ndarray):
        head = tuple(finite(each) for each in value.ravel()[:HEAD].astype(np.float64))
        return Input(name=name, dtype=str(value.dtype), shape=tuple(value.shape), head=head)
    kind = next(dtype(param.ty) for param in function.params if str(param.name) == name)
    return Input(name=name, dtype=kind, shape=(), head=(finite(value),))
