"""Compare what two checkouts of TIRscope make of the same programs: compare.py OLD NEW.

Every example of OLD goes through both for every usable target, and runs on llvm, c and
cuda-emulated; with --tvm CHECKOUT so does a sample of TVM's own tests, as benchmarks/corpus.py
reads them, without running them. For each kind of result it prints how many are equal and the first
ones that differ: texts, marks of inner nodes, leaf marks (of variables and constants), the other
fields of emissions, origins, trees, passes, diffs, problems, outcomes. The exit status is 1 where
anything but leaf marks differs.

Each checkout answers in its own process, under this Python. Records are compared by the fields that
both checkouts give them, measured times and addresses in texts left out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

TARGETS = ("c", "cuda", "llvm", "opencl", "metal", "webgpu")
DEVICES = ("llvm", "c", "cuda-emulated")
LEAF_TYPES = (".Var", "Imm")
"""Ends of the type keys of variables and constants."""
ADDRESS = re.compile(r"\b0x[0-9a-f]{10,12}\b")
"""LLVM names alias scopes after addresses of the compiler's own objects."""
TIMES = {"seconds"}
RECORD = "record"
"""The key under which a record's type stands, beside its fields."""
SECONDS = 300
"""For one program and target."""
LONGEST = 160
"""Characters printed of a value that differs."""


class Job(NamedTuple):
    """A program for both checkouts: to inspect for a target, or to run on a device."""

    name: str
    text: str
    target: str = ""
    device: str = ""
    passes: bool = True
    """Whether passes and diffs are compared, which takes most of the time."""


class Item(NamedTuple):
    """One result of a job: what it is of, and its value as plain JSON."""

    kind: str
    name: str
    value: Any


# The side of a checkout: it reads jobs from its standard input, one a line, and prints the results.


def serve(checkout: str) -> None:
    """Answer jobs with the ``viz`` of a checkout until the input ends."""
    import viz

    assert Path(viz.__file__).is_relative_to(Path(checkout).resolve()), viz.__file__
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no reply
    for line in sys.stdin:
        job = Job(*json.loads(line))
        signal.alarm(SECONDS)  # nothing handles it: a program without end ends this process
        items = list(run(job) if job.device else inspect(job))
        signal.alarm(0)
        replies.write(ADDRESS.sub("0x…", json.dumps(items)) + "\n")
        replies.flush()


def run(job: Job) -> Iterator[Item]:
    """Yield the outcome of a program on a device; kernels are checked where they can be."""
    import viz

    try:
        outcome = viz.run(job.text, job.device, checked=job.device == "cuda-emulated")
    except viz.VizError as error:
        yield Item("outcomes", "", f"{type(error).__name__}: {error.message}")
    else:
        yield Item("outcomes", "", plain(outcome))


def inspect(job: Job) -> Iterator[Item]:
    """Yield everything that an analysis of a program for one target holds."""
    import viz

    try:
        analysis = viz.inspect(job.text, job.target, passes=job.passes)
    except viz.VizError as error:
        yield Item("problems", "", f"{type(error).__name__}: {error.message}")
        return
    parts = of_target(analysis, job.target)
    yield Item("overviews", "", plain(analysis.overview))
    yield Item("trees", "input", plain(analysis.tree))
    for kind, part in (("trees", "final"), ("origins", "origins"), ("problems", "problem")):
        if parts[part] is not None:
            yield Item(kind, part, plain(parts[part]))
    for kind in ("passes", "diffs"):
        for number, row in enumerate(parts[kind] or ()):
            yield Item(kind, str(number), plain(row))
    source, tree = parts["source"], parts["final"]
    if source is None:
        return
    yield Item("sources", "", plain(source) | {"emissions": len(source.emissions)})
    for emission in source.emissions:
        name = f"{emission.part} {emission.form}"
        fields = plain(emission)
        yield Item("texts", name, fields.pop("text"))
        del fields["marks"]
        yield Item("emissions", name, fields)
        leaves = [tree.nodes[mark.node].type_key.endswith(LEAF_TYPES) for mark in emission.marks]
        for kind, wanted in (("marks", False), ("leaf marks", True)):
            chosen = zip(emission.marks, leaves, strict=True)
            rows = [(mark.start, mark.end, mark.node) for mark, leaf in chosen if leaf == wanted]
            yield Item(kind, name, rows)


def of_target(analysis: Any, target: str) -> dict[str, Any]:
    """Return the parts of an analysis for a target: it has a record a target, or a dict a part."""
    names = ("source", "origins", "final", "problem", "passes", "diffs")
    if hasattr(analysis, "targets"):
        return {name: getattr(analysis.targets[target], name) for name in names}
    plural = {"source": "sources", "final": "finals", "problem": "problems"}
    return {name: getattr(analysis, plural.get(name, name)).get(target) for name in names}


def plain(value: Any) -> Any:
    """Return a record as JSON, each field by its name, measured times left out."""
    fields = getattr(value, "__struct_fields__", None)
    if fields is not None:
        kept = {name: plain(getattr(value, name)) for name in fields if name not in TIMES}
        return {RECORD: type(value).__name__, **kept}
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value


# The side that compares.


class Checkout:
    """The process that answers for one checkout; one that ends is started anew."""

    def __init__(self, path: str) -> None:
        self._path = str(Path(path).resolve())
        self._process = self._start()

    def _start(self) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-P", __file__, "--serve", self._path],
            cwd=self._path,
            env=os.environ | {"PYTHONPATH": self._path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def send(self, job: Job) -> None:
        """Give the process a job, which it begins at once."""
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()

    def receive(self) -> list[Item]:
        """Return the results of the job that was sent last."""
        line = self._process.stdout.readline()
        if line:
            return [Item(*item) for item in json.loads(line)]
        status = self._process.wait()
        self._process = self._start()
        return [Item("ended processes", "", f"exit status {status}")]

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


class CheckoutComparison:
    """The results of both checkouts so far, counted by kind."""

    def __init__(self, most_shown: int) -> None:
        self._most_shown = most_shown
        self._equal: Counter[str] = Counter()
        self._different: dict[str, list[str]] = {}
        self._marks: Counter[tuple[str, str]] = Counter()
        self.one_sided: set[str] = set()

    def add(self, job: Job, old: list[Item], new: list[Item]) -> None:
        """Compare the results of one job."""
        place = f"{job.name} {job.device or job.target}"
        before = {(item.kind, item.name): item.value for item in old}
        after = {(item.kind, item.name): item.value for item in new}
        for kind, name in before | after:
            if (kind, name) not in after:
                text = "only in OLD"
            elif (kind, name) not in before:
                text = "only in NEW"
            else:
                text = self._difference(before[kind, name], after[kind, name], "")
            if kind.endswith("marks"):
                self._count_marks(kind, before.get((kind, name), []), after.get((kind, name), []))
            if text:
                self._different.setdefault(kind, []).append(f"{place} {name}: {text}")
            else:
                self._equal[kind] += 1

    def _difference(self, old: Any, new: Any, path: str) -> str:
        """Return where and how two values differ first, empty where they do not."""
        if old == new:
            return ""
        if isinstance(old, dict) and isinstance(new, dict):
            keys = old.keys() & new.keys() - {RECORD}
            if RECORD in old and RECORD in new:
                only = (old.keys() ^ new.keys()) - {RECORD}
                self.one_sided |= {f"{new[RECORD]}.{key}" for key in only}
            elif old.keys() != new.keys():
                return f"{path}: keys {sorted(old.keys() ^ new.keys())}"
            texts = (self._difference(old[key], new[key], f"{path}.{key}") for key in sorted(keys))
            return next(filter(None, texts), "")
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            pairs = enumerate(zip(old, new, strict=True))
            texts = (self._difference(a, b, f"{path}[{i}]") for i, (a, b) in pairs)
            return next(filter(None, texts), "")
        if isinstance(old, str) and isinstance(new, str):
            return f"{path}: {shown_at_difference(old, new)}"
        return f"{path}: {shorten(old)} became {shorten(new)}"

    def _count_marks(self, kind: str, old: list, new: list) -> None:
        before, after = (Counter(map(tuple, marks)) for marks in (old, new))
        self._marks[kind, "equal"] += (before & after).total()
        self._marks[kind, "only in OLD"] += (before - after).total()
        self._marks[kind, "only in NEW"] += (after - before).total()

    def print(self) -> bool:
        """Print the counts and first differences; return whether only leaf marks differ, if any."""
        for kind in sorted(self._equal.keys() | self._different.keys()):
            different = self._different.get(kind, [])
            print(f"{kind}: {self._equal[kind]} equal, {len(different)} different")
            if kind.endswith("marks"):
                sides = ("equal", "only in OLD", "only in NEW")
                print("  " + ", ".join(f"{self._marks[kind, side]} marks {side}" for side in sides))
            for text in different[: self._most_shown]:
                print(f"  {text}")
        if self.one_sided:
            print("fields that only one checkout has:", ", ".join(sorted(self.one_sided)))
        return not self._different.keys() - {"leaf marks"}


def shown_at_difference(old: str, new: str) -> str:
    """Return both texts around the first character in which they differ."""
    pairs = enumerate(zip(old, new, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))
    start = max(0, place - LONGEST // 2)
    ends = (text[start : start + LONGEST] for text in (old, new))
    return "at {}: {!r} became {!r}".format(place, *ends)


def shorten(value: Any) -> str:
    """Return a value's text, cut to ``LONGEST`` characters."""
    text = repr(value)
    size = f" ({len(value)} entries)" if isinstance(value, list) else ""
    return (text if len(text) <= LONGEST else text[:LONGEST] + "…") + size


def examples(checkout: str) -> dict[str, str]:
    """Return the texts of a checkout's examples by name."""
    folders = [Path(checkout, "examples"), Path(checkout, "viz", "examples")]
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    return {
        file.stem: file.read_text(encoding="utf-8") for file in files if file.stem != "__init__"
    }


def sample(checkout: str, commits: list[str], most: int) -> dict[str, str]:
    """Return programs of TVM's tests, drawn as benchmarks/corpus.py draws them."""
    from corpus import COMMITS, corpus_programs

    programs = {}
    for commit in commits or COMMITS:
        every = list(corpus_programs(checkout, commit))
        for number, piece in enumerate(random.Random(0).sample(every, min(most, len(every)))):
            programs[f"{commit} {number} {piece.file} {piece.name}"] = piece.text
    return programs


def main() -> int:
    """Compare, print, and return 1 where something else than leaf marks differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--example", action="append", default=[], help="only these examples")
    parser.add_argument("--target", action="append", default=[], help="only these targets")
    parser.add_argument("--no-passes", action="store_true", help="leave out passes and diffs")
    parser.add_argument("--no-run", action="store_true", help="do not run the examples")
    parser.add_argument("--no-examples", action="store_true", help="only programs of --tvm")
    parser.add_argument("--tvm", default="", help="a clone of apache/tvm with its history")
    parser.add_argument("--commit", action="append", default=[], help="commits of it")
    parser.add_argument("--sample", type=int, default=50, help="so many programs of each commit")
    parser.add_argument("--show", type=int, default=5, help="differences printed of each kind")
    options = parser.parse_args()
    targets = options.target or TARGETS
    texts = {} if options.no_examples else examples(options.old)
    texts = {name: texts[name] for name in options.example or texts}
    tests = sample(options.tvm, options.commit, options.sample) if options.tvm else {}
    jobs = [
        Job(name, text, target, passes=not options.no_passes)
        for name, text in (texts | tests).items()
        for target in targets
    ]
    if not options.no_run:
        jobs += [
            Job(name, text, device=device) for name, text in texts.items() for device in DEVICES
        ]
    print(f"{len(texts)} examples, {len(tests)} programs of TVM's tests, {len(jobs)} jobs")
    checkouts = [Checkout(options.old), Checkout(options.new)]
    comparison = CheckoutComparison(options.show)
    for number, job in enumerate(jobs, 1):
        for checkout in checkouts:
            checkout.send(job)
        comparison.add(job, *(checkout.receive() for checkout in checkouts))
        print(f"\r{number} of {len(jobs)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for checkout in checkouts:
        checkout.close()
    return int(not comparison.print())


if __name__ == "__main__":
    sys.exit(serve(sys.argv[2]) if sys.argv[1:2] == ["--serve"] else main())
