"""Run programs of TVM's own tests after every pass: python benchmarks/passes.py CHECKOUT.

CHECKOUT is a clone of apache/tvm (a bare one will do). ``--sample 300`` programs are drawn by lot,
the same for the same ``--seed``, and every stage of C and of CUDA that our Python codegen can write
is run on the same inputs. Printed are how many programs and stages were compared, why the others
could not be, and each program in which a pass is named as wrong: those are looked into one by one.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "tvm_tests")]

from corpus_programs import CorpusProgram, corpus  # noqa: E402

from viz.errors import VizError  # noqa: E402
from viz.model import Request, Verification, VerifyPart  # noqa: E402
from viz.service.client.submit import Engine, Submission  # noqa: E402

COMMIT = "v0.26.0"
"""The commit whose programs are read, where nothing else is said."""

TARGETS = ("c", "cuda")
SECONDS, ROUNDS = 15.0, 300_000
"""The limits: seconds of a program for all its stages, rounds of a stage's loops."""


class StageTally:
    """Counts of the verdicts of many programs."""

    def __init__(self) -> None:
        self.programs: Counter[tuple[str, str]] = Counter()
        self.stages: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.slowest = 0.0

    def check(self, engine: Engine, entry: CorpusProgram, target: str) -> None:
        """Run one program for one target, and name a pass that is wrong."""
        part = VerifyPart(rounds=ROUNDS, seconds=SECONDS)
        request = Request(text=entry.text, target=target, part=part)
        began = time.perf_counter()
        try:
            found = Submission(engine, request, seconds=60.0).result()
        except VizError as error:
            self.programs[target, "not begun"] += 1
            self.reasons[f"not begun: [{error.what.id}]"] += 1
            return
        assert isinstance(found, Verification)
        self.slowest = max(self.slowest, time.perf_counter() - began)
        verdicts = Counter(stage.verdict for stage in found.stages)
        self.stages.update(verdicts)
        for stage in found.stages:
            if stage.verdict == "unable" and stage.why is not None:
                what = stage.why.values.get("what", stage.why.values.get("error", ""))
                self.reasons[f"{stage.why.id} {what}".strip()[:90]] += 1
        if found.wrong is not None:
            self.programs[target, "wrong"] += 1
            where = f"{found.wrong.stage} {found.wrong.name}"
            print(f"wrong  {target} {entry.file} {entry.name}: {where}: {found.wrong.what}")
            if found.wrong.fault is not None:
                print(f"       {found.wrong.fault.python}")
            sys.stdout.flush()
        elif verdicts["right"] + verdicts["same"] > 1:
            self.programs[target, "right"] += 1
        else:
            self.programs[target, "not compared"] += 1

    def summary(self) -> None:
        """Print the counts."""
        for target in TARGETS:
            kinds = ("right", "wrong", "not compared", "not begun")
            listed = ", ".join(f"{kind} {self.programs[target, kind]}" for kind in kinds)
            print(f"{target}: {listed}")
        print("stages: " + ", ".join(f"{kind} {n}" for kind, n in self.stages.most_common()))
        print(f"slowest: {self.slowest:.1f} s")
        for reason, number in self.reasons.most_common(25):
            print(f"  {number:5} {reason}")


def main() -> int:
    """Run a sample and print what was found; return 1 where a pass is named as wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", help="a checkout of apache/tvm")
    parser.add_argument("--commit", default=COMMIT)
    parser.add_argument("--sample", type=int, default=300, help="this many programs, by lot")
    parser.add_argument("--seed", type=int, default=0, help="of the lot")
    parser.add_argument("--target", action="append", choices=TARGETS, default=[])
    options = parser.parse_args()
    os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"
    began = time.perf_counter()
    programs = corpus(options.checkout, options.commit).programs
    programs = random.Random(options.seed).sample(programs, min(options.sample, len(programs)))
    engine, tally = Engine(warm=True), StageTally()
    for entry in programs:
        for target in options.target or TARGETS:
            tally.check(engine, entry, target)
    print(f"{len(programs)} programs, {time.perf_counter() - began:.0f} s")
    tally.summary()
    return int(any(kind == "wrong" for _, kind in tally.programs))


if __name__ == "__main__":
    sys.exit(main())
