"""Time emulated CUDA beside the C target of the same program, and the GPU where there is one.

``python benchmarks/emulator.py [--rounds N]`` runs a 512 × 512 × 512 matmul in float32 and a sum of
512 rows of 1024 by shuffles, in turns in one process, and prints the wall and processor time of one
call, each the best of all rounds, and their ratios to the C target. Compiling is not in them; its
wall time is printed by itself.

Below, what counting costs: of all accesses beside a checked run, which it may exceed by three
tenths, and with a budget of accesses beside all of them, of which it may take a tenth. Blocks
beyond the budget run fast, so less than a fast run takes is not to be had.
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
from viz.runtime import inputs
from viz.runtime.devices import DEVICES

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
PROGRAMS = {"matmul 512³ float32": MATMUL, "sum of 512 × 1024, shuffles": REDUCTION}
DEVICE_RUNS = {
    "C target": ("c", RunPart()),
    "emulated, fast": ("cuda-emulated", RunPart()),
    "emulated, checked": ("cuda-emulated", RunPart(checked=True)),
    "counted": ("cuda-emulated", RunPart(cost=CostOptions())),
    "counted in part": ("cuda-emulated", RunPart(cost=CostOptions(budget=50_000))),
    "GPU": ("cuda", RunPart()),
}
LIMITS = (("counted", "emulated, checked", 1.3), ("counted in part", "counted", 0.1))
"""What may take how many times as long as what."""


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    own_process()  # as the engine's processes do, so that nvcc may compile for a GPU
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
                print(f"  {name} / {beside}: {ratio:.3f}, {verdict} {most}")


if __name__ == "__main__":
    main()
