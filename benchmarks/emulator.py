"""Time emulated CUDA beside the C target of the same program, and the GPU where there is one.

``python benchmarks/emulator.py [--rounds N]`` runs a 512 × 512 × 512 matmul in float32 and a sum of
512 rows of 1024 by shuffles, in turns in one process, and prints the wall and processor time of one
call, each the best of all rounds, and their ratios to the C target. Compiling is not in them; its
wall time is printed by itself.

Below, what counting costs: of all accesses beside a checked run, which it may exceed by three
tenths, and with a budget of accesses beside all of them, of which it may take a tenth. The budget
is less than a fiftieth of the accesses of either program; blocks beyond it do not run. Where
outputs are asked for, too, they run fast, so then no less than a fast run takes is to be had.

``--fragments`` does so for the product of 16-bit floats on tensor cores that TVM's rules write,
with warps as values and with a fiber for each lane. Loading those rules takes up to a minute.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tvm

from viz.frontend import program
from viz.ir.parse import parse
from viz.ir.process_state import own_process
from viz.model import CostOptions, Options, RunPart
from viz.passes import pipeline
from viz.passes.targets import target_of
from viz.runtime import inputs
from viz.runtime.devices import DEVICES
from viz.runtime.emulator.device import Emulation

MATMUL = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((512, 512), "float32"), B: T.Buffer((512, 512), "float32"),
         C: T.Buffer((512, 512), "float32")):
    T.func_attr({"tirx.noalias": True})
    for i, j, k in T.grid(512, 512, 512):
        with T.sblock("matmul"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = T.float32(0)
            C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]
"""
REDUCTION = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((512, 1024), "float32"), S: T.Buffer((512,), "float32")):
    T.func_attr({"tirx.noalias": True})
    for i, k in T.grid(512, 1024):
        with T.sblock("sum"):
            vi, vk = T.axis.remap("SR", [i, k])
            with T.init():
                S[vi] = T.float32(0)
            S[vi] = S[vi] + A[vi, vk]
"""
FRAGMENTS = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((256, 256), "float16"), B: T.Buffer((256, 256), "float16"),
         C: T.Buffer((256, 256), "float16")):
    T.func_attr({"tirx.noalias": True})
    for i, j, k in T.grid(256, 256, 256):
        with T.sblock("matmul"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = T.float16(0)
            C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vj, vk]
"""
PROGRAMS = {"matmul 512³ float32": MATMUL, "sum of 512 × 1024, shuffles": REDUCTION}
BUDGET = 10_000
DEVICE_RUNS = {
    "C target": ("c", RunPart()),
    "emulated, fast": ("cuda-emulated", RunPart()),
    "emulated, checked": ("cuda-emulated", RunPart(checked=True)),
    "counted": ("cuda-emulated", RunPart(cost=CostOptions())),
    "counted in part": ("cuda-emulated", RunPart(cost=CostOptions(budget=BUDGET))),
    "in part, outputs": ("cuda-emulated", RunPart(cost=CostOptions(budget=BUDGET), keep=True)),
    "GPU": ("cuda", RunPart()),
}
LIMITS = (("counted", "emulated, checked", 1.3), ("counted in part", "counted", 0.1))
"""Pairs of runs, and how many times as long as the second the first may take."""


class PreparedRun(NamedTuple):
    """A program built for a device: one call of it, how to wait for that, seconds of building."""

    call: Callable[[], Any]
    wait: Callable[[], Any]
    built: float


def prepare(text: str, device: str, part: RunPart) -> PreparedRun:
    """Build a program for a device and give it inputs."""
    parsed = parse(program.read(text))
    (function,) = parsed.mod.functions.values()
    began = time.perf_counter()
    ready = DEVICES[device].build(parsed.mod, Options(), "main", part)
    built = time.perf_counter() - began
    arguments = inputs.make(function, 0, {}, {})
    tensors = [
        tvm.runtime.tensor(np.asarray(arguments.values[str(parameter.name)]), ready.device)
        for parameter in function.params
    ]
    return PreparedRun(lambda: ready.module["main"](*tensors), ready.device.sync, built)


class Times(NamedTuple):
    """Seconds of a call."""

    wall: float
    processor: float

    def best(self, other: Times) -> Times:
        """Return the smaller ones of two."""
        return Times(min(self.wall, other.wall), min(self.processor, other.processor))


def times(run: PreparedRun) -> Times:
    """Return what one call takes."""
    wall, processor = time.perf_counter(), time.process_time()
    run.call()
    run.wait()
    return Times(time.perf_counter() - wall, time.process_time() - processor)


def measure_fragments(rounds: int) -> None:
    """Measure the two forms of a kernel with tensor core fragments in turns, and print."""
    parsed = parse(program.read(FRAGMENTS))
    mod = tvm.IRModule(dict(parsed.mod.functions.items()), attrs=parsed.mod.attrs)
    with target_of("cuda"):
        mod = tvm.s_tir.dlight.ApplyDefaultSchedule(tvm.s_tir.dlight.gpu.Matmul())(mod)
    lowered = pipeline.lower(mod, "cuda", Options(), host="llvm")
    generator = np.random.default_rng(0)
    arrays = [generator.standard_normal((256, 256)).astype("float16") for _ in "ABC"]
    tensors = [tvm.runtime.tensor(array) for array in arrays]
    print("matmul 256³ float16 on tensor cores")
    for checked in (False, True):
        best, outputs = dict.fromkeys((False, True), Times(float("inf"), float("inf"))), set()
        runs = {
            warps: Emulation(lowered, "ABC", checked=checked, warps=warps)
            for warps in (False, True)
        }
        for _ in range(rounds):
            for warps, emulation in runs.items():
                call = PreparedRun(lambda run=emulation: run["main"](*tensors), lambda: None, 0)
                best[warps] = best[warps].best(times(call))
                outputs.add(tensors[2].numpy().tobytes())
        assert len(outputs) == 1
        fibers, as_warps = best[False], best[True]
        ratios = "  ".join(
            f"{kind} fibers {one * 1e3:8.2f} ms, warps {other * 1e3:8.2f} ms: {one / other:5.2f} ×"
            for kind, one, other in zip(Times._fields, fibers, as_warps, strict=True)
        )
        print(f"  {'checked' if checked else 'fast':<18} {ratios}")


def main() -> int:
    """Measure and print; 1 with ``--check`` where counting costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fragments", action="store_true")
    parser.add_argument("--check", action="store_true", help="end with 1 beyond a limit")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    own_process()  # as the engine's processes do, so that nvcc may compile for a GPU
    if arguments.fragments:
        measure_fragments(rounds)
        return 0
    beyond = 0
    for title, text in PROGRAMS.items():
        runs = {
            name: prepare(text, device, part)
            for name, (device, part) in DEVICE_RUNS.items()
            if not DEVICES[device].missing()
        }
        best = dict.fromkeys(runs, Times(float("inf"), float("inf")))
        for _ in range(rounds):
            for name, run in runs.items():
                best[name] = best[name].best(times(run))
        print(title)
        for name, taken in best.items():
            shown = "  ".join(
                f"{kind} {seconds * 1e3:9.2f} ms {seconds / unit:7.2f} × C"
                for kind, seconds, unit in zip(Times._fields, taken, best["C target"], strict=True)
            )
            print(f"  {name:<18} {shown}  built in {runs[name].built:.2f} s")
        for name, beside, most in LIMITS:
            if name in best and beside in best:
                ratio = best[name].processor / best[beside].processor
                verdict = "within" if ratio <= most else "beyond"
                beyond += ratio > most
                print(f"  {name} / {beside}: {ratio:.3f}, {verdict} {most}")
    return int(arguments.check and beyond > 0)


if __name__ == "__main__":
    raise SystemExit(main())
