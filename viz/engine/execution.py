"""Run a program and say whether its outputs are right.

What runs is the text on the screen: for C the emitted text is compiled by the machine's C
compiler, for CUDA the emitted kernels by NVRTC or nvcc, for LLVM the very module whose IR is shown.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tvm
import tvm_ffi
from tvm.tirx.build import codegen_build

from viz.engine import inputs
from viz.engine.codegen import Lowered, emit, lower, lowering_error
from viz.engine.labels import dtype, type_key
from viz.engine.parse import Parsed
from viz.engine.schedule import is_bound
from viz.errors import RequestError, RunError
from viz.model import Comparison, Input, Options, Outcome, Problem, Request, RunPart, Sample

TOLERANCES: dict[str, tuple[float, float]] = {
    "float64": (1e-9, 1e-9),
    "float32": (1e-4, 1e-4),
    "float16": (1e-2, 1e-2),
    "bfloat16": (4e-2, 4e-2),
}
"""Relative and absolute tolerance by dtype; all else must be equal. A sum of 1,024 float32 in
another order differs by about 2e-5, one float16 rounding by 5e-4."""

HEAD = 8
COMPILER_SECONDS = 60


class Ready(NamedTuple):
    """A built program: how to call it by name, where its arrays live, what to say it ran on."""

    module: Any
    device: Any
    ran: str


class Device(NamedTuple):
    """A place where programs run. ``missing`` says why it cannot be used here, or nothing."""

    title: str
    target: str
    missing: Callable[[], str]
    build: Callable[[tvm.IRModule, Options, str], Ready]


# ---------------------------------------------------------------- devices


def c_compiler() -> str:
    """Return the path of a C compiler, or an empty string."""
    found = (
        shutil.which(name) for name in (os.environ.get("CC", ""), "gcc", "cc", "clang") if name
    )
    return next((path for path in found if path), "")


def _no_c_compiler() -> str:
    return "" if c_compiler() else "no C compiler (gcc, cc or clang) is installed"


def _no_cuda() -> str:
    return "" if tvm.cuda(0).exist else "there is no CUDA device"


def _build_llvm(mod: tvm.IRModule, options: Options, function: str) -> Ready:
    lowered = lower(mod, "llvm", options)
    try:
        built = codegen_build(lowered.host, lowered.target)
    except (tvm.error.InternalError, ValueError, TypeError, RuntimeError) as error:
        raise lowering_error(error, "llvm") from error
    return Ready(built, tvm.cpu(), f"LLVM {_processor()}")


def _build_c(mod: tvm.IRModule, options: Options, function: str) -> Ready:
    lowered = lower(mod, "c", options)
    return Ready(
        _compile_c(emit(lowered).emissions[0].text),
        tvm.cpu(),
        f"{Path(c_compiler()).name} {_processor()}",
    )


def _build_cuda(mod: tvm.IRModule, options: Options, function: str) -> Ready:
    lowered = lower(mod, "cuda", options, host="llvm")
    return Ready(_compile_cuda(lowered), tvm.cuda(0), str(tvm.cuda(0).device_name))


DEVICES: dict[str, Device] = {
    "llvm": Device("LLVM on this CPU", "llvm", lambda: "", _build_llvm),
    "c": Device("C on this CPU", "c", _no_c_compiler, _build_c),
    "cuda": Device("CUDA GPU", "cuda", _no_cuda, _build_cuda),
}


def _processor() -> str:
    return f"on the CPU ({platform.machine()})"


def _compile_c(text: str) -> Any:
    """Compile the emitted C and load it."""
    # TVM hands out the library it loaded before for a path it has seen, so each build has its own.
    folder = Path(tempfile.mkdtemp(prefix="tirscope-"))
    source, library = folder / "program.c", folder / "program.so"
    source.write_text(text, encoding="utf-8")
    includes = [tvm.libinfo.find_include_path(), *tvm_ffi.libinfo.include_paths()]
    # The codegen writes OpenCL's name for the 16-bit float; C compilers call it _Float16.
    command = [c_compiler(), "-O2", "-shared", "-fPIC", "-w", "-Dhalf=_Float16"]
    command += [f"-I{path}" for path in includes] + [str(source), "-o", str(library), "-lm"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=COMPILER_SECONDS, check=False
        )
        if done.returncode:
            raise RunError(
                f"the C compiler refuses the emitted text: {_complaint(done.stderr)}",
                hint="It writes vector types that no C compiler knows. "
                "Set tirx.disable_vectorize=true, or choose LLVM.",
            )
        return tvm.runtime.load_module(str(library))
    except subprocess.TimeoutExpired:
        raise RunError(f"the C compiler took longer than {COMPILER_SECONDS} s") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _complaint(stderr: str) -> str:
    found = re.search(r"program\.c:(\d+):\d+: (?:fatal )?error: (.*)", stderr)
    return (
        f"line {found[1]}: {found[2]}"
        if found
        else (stderr.strip().splitlines() or ["no reason given"])[-1]
    )


def _compile_cuda(lowered: Lowered) -> Any:
    """Compile the emitted kernels with NVRTC or nvcc and tie them to their host part."""
    if shutil.which("nvcc"):
        os.environ.setdefault("TVM_CUDA_COMPILE_MODE", "nvcc")
    try:
        host = codegen_build(lowered.host, lowered.target.host)
        for target, device in lowered.devices.items():
            host.import_module(codegen_build(device, target))
    except (tvm.error.InternalError, ValueError, TypeError, RuntimeError, ImportError) as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise RunError(
            f"the CUDA text could not be compiled: {lines[-1] if lines else error}",
            hint="Install nvcc, or pip install -r requirements-cuda.txt for NVRTC.",
        ) from None
    return host


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
    # What an example says about itself is about its first function.
    own = name == _first(parsed)
    arguments = inputs.make(
        function,
        part.seed,
        (metadata.sizes if own else {}) | part.sizes,
        (metadata.ranges if own else {}) | part.ranges,
    )
    returned = type_key(function.ret_type) == "ir.PrimType"
    names = [] if returned else inputs.outputs(function)
    if not names and not returned:
        raise RunError(f"{name} writes nothing that could be looked at")
    options = request.options if request.target == DEVICES[device_name].target else Options()
    ready = DEVICES[device_name].build(parsed.mod, options, name)
    got = _call(ready, function, name, arguments, names, returned=returned)
    if returned:
        names = ["returned value"]
    source = part.reference or (metadata.reference if own else "")
    if source:
        expected, described = inputs.call_reference(source, arguments, names), "the NumPy reference"
    else:
        expected, described = _other_run(
            parsed, function, name, arguments, names, device_name, returned=returned
        )
    comparisons = tuple(compare(each, got[each], expected[each]) for each in names)
    return Outcome(
        device=part.device,
        ran=ready.ran,
        passed=all(each.passed for each in comparisons),
        reference=described,
        comparisons=comparisons,
        inputs=tuple(_input(each, value, function) for each, value in arguments.values.items()),
        sizes=arguments.sizes,
        seconds=_time(ready, function, name, arguments),
        seed=part.seed,
        problems=tuple(problems),
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
        hint="The outputs are those of the same program, not of the CUDA text.",
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
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise RunError(
            f"the program stopped: {lines[-1] if lines else type(error).__name__}"
        ) from None
    if returned:
        return {"returned value": np.asarray(value)}
    return {each: tensors[each].numpy() for each in names}


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
    other = "llvm" if device != "llvm" else "c"
    if DEVICES[other].missing():
        raise RunError(
            "there is nothing to compare with",
            hint="Add def reference(A): return … below your program.",
        )
    ready = DEVICES[other].build(parsed.mod, Options(), name)
    got = _call(ready, function, name, arguments, names if not returned else [], returned=returned)
    return got, f"the same program through {DEVICES[other].title}"


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


# ---------------------------------------------------------------- comparing


def compare(name: str, got: inputs.Array, expected: inputs.Array) -> Comparison:
    """Compare an output with its reference, by the tolerance of the output's dtype."""
    kind = str(got.dtype)
    rtol, atol = TOLERANCES.get(kind, (0.0, 0.0))
    left, right = got.astype(np.float64), expected.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        errors = np.abs(left - right)
        same = (left == right) | (np.isnan(left) & np.isnan(right))
        errors = np.where(same, 0.0, errors)
        relative = np.where(
            same, 0.0, errors / np.maximum(np.abs(right), np.finfo(np.float64).tiny)
        )
        wrong = ~(same | (np.isfinite(errors) & (errors <= atol + rtol * np.abs(right))))
    worst = int(np.argmax(np.where(np.isnan(errors), np.inf, errors))) if errors.size else 0
    first = int(np.argmax(wrong)) if wrong.any() else None

    def sample(flat: int) -> Sample:
        index = tuple(int(i) for i in np.unravel_index(flat, got.shape))
        return Sample(index=index, got=_finite(left.flat[flat]), expected=_finite(right.flat[flat]))

    return Comparison(
        name=name,
        dtype=kind,
        shape=tuple(got.shape),
        passed=not wrong.any(),
        max_abs=_finite(errors.max(initial=0.0)),
        max_rel=_finite(relative.max(initial=0.0)),
        rtol=rtol,
        atol=atol,
        mismatches=int(wrong.sum()),
        first=sample(first) if first is not None else None,
        worst=sample(worst) if wrong.any() else None,
        head=tuple(sample(i) for i in range(min(HEAD, got.size))),
    )


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _input(name: str, value: Any, function: Any) -> Input:
    if isinstance(value, np.ndarray):
        head = tuple(_finite(each) for each in value.ravel()[:HEAD].astype(np.float64))
        return Input(name=name, dtype=str(value.dtype), shape=tuple(value.shape), head=head)
    kind = next(dtype(param.ty) for param in function.params if str(param.name) == name)
    return Input(name=name, dtype=kind, shape=(), head=(_finite(value),))
