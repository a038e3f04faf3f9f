"""What TIRscope costs over TVM itself: python benchmarks/overhead.py [EXAMPLE …].

Per example, side by side in one process: our Overview, input Tree and C, CUDA and LLVM Source, over
TVM's own parse and the same three builds. Both sides take turns; the medians are compared. Only the
ratio means something: times are this machine's.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"  # neither side calls nvcc

import msgspec  # noqa: E402
import tvm  # noqa: E402

from viz.errors import VizError  # noqa: E402
from viz.frontend.examples import examples  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.ir import parse  # noqa: E402
from viz.ir.process_state import own_process  # noqa: E402
from viz.model import OverviewPart, Part, Request, SourcePart, TreePart  # noqa: E402
from viz.passes.gpu_schedule import schedule_for_gpu  # noqa: E402
from viz.passes.targets import row_of, target_of  # noqa: E402
from viz.service.engine import dispatch  # noqa: E402

TARGETS = ("c", "cuda", "llvm")
ROUNDS = 9
MOST = 3.0
"""The page feels as quick as TVM while the median example stays under this ratio."""


def ours(text: str, targets: tuple[str, ...]) -> None:
    """Answer what the page asks when a program is opened."""
    parts: list[tuple[Part, str]] = [(OverviewPart(), "c"), (TreePart(), "c")]
    parts += [(SourcePart(marks=False), target) for target in targets]
    for part, target in parts:
        reply = dispatch.answer(Request(text=text, part=part, target=target))
        msgspec.json.encode(reply)


def theirs(text: str, targets: tuple[str, ...]) -> None:
    """Parse once and build for each target, as a user of TVM would, and take the texts."""
    mod = tvm.script.from_source(text)
    for name in targets:
        target = target_of(name)
        scheduled = schedule_for_gpu(mod, target)[0] if row_of(name).gpu else mod
        built = tvm.compile(scheduled, target=target).mod
        for each in (built, *built.imports):
            each.inspect_source()


def todays(text: str) -> str:
    """Return an example in today's spelling: TVM's own parser reads no other."""
    return parse.parse(read(text)).patched.string


def possible(text: str) -> tuple[str, ...]:
    """Return the targets that can take an example."""
    found = []
    for target in TARGETS:
        try:
            dispatch.answer(Request(text=text, part=SourcePart(marks=False), target=target))
            found.append(target)
        except VizError:
            pass
    return tuple(found)


def seconds(
    work: Callable[[str, tuple[str, ...]], None], text: str, targets: tuple[str, ...]
) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    work(text, targets)
    return time.perf_counter() - start


def main() -> int:
    """Print the table; return 1 when the median is over the threshold, 2 for a wrong name."""
    own_process()  # what the engine's processes take is measured, with their accelerations
    names = sys.argv[1:] or list(examples())
    unknown = [name for name in names if name not in examples()]
    if unknown:
        print(f"no example is named {unknown[0]}: {', '.join(examples())}", file=sys.stderr)
        return 2
    ratios = []
    print(f"{'example':<22}{'TIRscope':>10}{'TVM':>10}{'ratio':>8}  targets")
    for name in names:
        text = examples()[name].text
        targets = possible(text)
        times = [
            (seconds(ours, text, targets), seconds(theirs, todays(text), targets))
            for _ in range(ROUNDS)
        ]
        mine, tvms = (statistics.median(each) for each in zip(*times, strict=True))
        ratios.append(mine / tvms)
        print(
            f"{name:<22}{mine * 1e3:>7.0f} ms{tvms * 1e3:>7.0f} ms{ratios[-1]:>8.2f}"
            f"  {' '.join(targets)}",
            flush=True,
        )
    median = statistics.median(ratios)
    print(f"median {median:.2f}, largest {max(ratios):.2f}; threshold on the median: {MOST}")
    return int(median > MOST)


if __name__ == "__main__":
    sys.exit(main())
