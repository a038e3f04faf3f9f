"""Time the gate on the text and the gate on the IR: python benchmarks/gate.py.

The gate on the text is timed on 200 lines of the shipped examples, with Python's own parse of
them, which takes most of the time: TVM's parser is given the tree that the gate has checked, so the
text is parsed once with or without the gate. The gate on the IR is timed on each example. Times are
the best of many rounds, in processor time. Exits with 1 when the gate on the text misses its goal.
"""

from __future__ import annotations

import ast
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from viz.frontend import gate  # noqa: E402
from viz.frontend.examples import examples  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.ir.parse import parse  # noqa: E402
from viz.runtime import ir_gate  # noqa: E402
from viz.text import Patched  # noqa: E402

LINES = 200
GOAL = 2e-3
"""Seconds for 200 lines."""
ROUNDS = 50


def fastest(work: Callable[[], object]) -> float:
    """Return the processor seconds of the fastest of many rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def program() -> str:
    """Return at least 200 lines: shipped examples in the spelling of TVM's parser."""
    lines: list[str] = []
    for example in examples().values():
        text = parse(read(example.text)).patched.string
        lines += [*text.strip().split("\n"), ""]
        if len(lines) >= LINES:
            break
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the times; return 1 when the goal is missed."""
    gc.disable()  # as in the process that answers a request
    text = Patched(program())
    count = text.text.line_count - 1
    reading = fastest(lambda: ast.parse(text.string)) * LINES / count
    text_gate = fastest(lambda: gate.check(text)) * LINES / count
    print(
        f"gate on the text: {text_gate * 1e3:.2f} ms for {LINES} lines (goal {GOAL * 1e3:.0f} ms)"
    )
    print(f"  of it Python's own parse: {reading * 1e3:.2f} ms")
    modules = [parse(read(example.text)).mod for example in examples().values()]
    times = sorted(fastest(lambda mod=mod: ir_gate.check(mod)) for mod in modules)
    middle, longest = times[len(times) // 2], times[-1]
    print(
        f"gate on the IR: {middle * 1e3:.2f} ms (median example), {longest * 1e3:.2f} ms (longest)"
    )
    return int(text_gate > GOAL)


if __name__ == "__main__":
    sys.exit(main())
