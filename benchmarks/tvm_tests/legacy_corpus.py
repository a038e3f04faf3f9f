"""Measure the second engine on the programs of TVM's tests of March 2024, by the TVM of 2024.

``PYTHON benchmarks/tvm_tests/legacy_corpus.py CHECKOUT`` with a Python whose ``tvm`` is of that
generation. CHECKOUT is a clone of apache/tvm; a bare one will do. Of the self-contained programs
that this TVM's own parser takes, these are counted: how many give a tree with no node missing, how
many the text for a target, how many TVM refuses to build in its own right, and how many are lost on
our side. Each program has a process of its own, with the gate on. The programs are TVM's and are
not kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE)]

import tvm  # noqa: E402
from corpus_programs import CorpusProgram, corpus  # noqa: E402
from tvm import dlight, tir  # noqa: E402
from tvm.script.parser.core.entry import parse as parse_alone  # noqa: E402

from viz.errors import VizError  # noqa: E402
from viz.legacy.codegen.emit import write_only  # noqa: E402
from viz.legacy.dispatch import LegacyAnswers  # noqa: E402
from viz.legacy.functions import is_bound  # noqa: E402
from viz.legacy.passes.pipeline import target_of  # noqa: E402
from viz.legacy.walker import occurrences  # noqa: E402
from viz.model import OverviewPart, Request, SourcePart, TreePart  # noqa: E402

COMMIT = "122398995d"
GOAL = 0.97
"""The share of what TVM's parser takes that is to give a tree, and of what TVM builds a text."""

TARGETS = ("c", "cuda", "llvm", "opencl", "metal", "webgpu")
SECONDS = 60
"""The time limit of one program."""


def report(entry: CorpusProgram, targets: tuple[str, ...], one: bool) -> Iterator[dict[str, str]]:
    """Yield what is known of a program, ever more: of its parse, its tree, its text for a target.

    What TVM alone refuses is asked last for each target, since it may end the process. With ``one``
    no other target is asked after the first that gives a text.
    """
    if not (mod := _taken_alone(entry.text)):
        yield {"parser": "refused"}
        return
    answers, told = LegacyAnswers(), {"parser": "taken"}
    try:
        answers.answer(Request(text=entry.text, part=OverviewPart()))
        tree = answers.answer(Request(text=entry.text, part=TreePart()))
        told["tree"] = "given" if tree.nodes and not _missing(answers) else "nodes missing"
    except Exception as error:  # an error of ours must be counted, too
        yield told | {"tree": f"lost: {_words(error)}"}
        return
    yield told  # TVM may end the process when it lowers the program
    for target in targets:
        try:
            source = answers.answer(Request(text=entry.text, target=target, part=SourcePart()))
            emissions = [each for each in source.emissions if each.text]
            told[target] = emissions[0].verified if emissions else "lost: no text"
        except Exception as error:
            yield told | {target: "refused: TVM ended its process"}
            refused = _refusal_alone(mod, target)
            told[target] = f"refused: {refused}" if refused else f"lost: {_words(error)}"
        yield told
        if one and _is_text(told[target]):
            break
    yield told


def _is_text(verdict: str) -> bool:
    return verdict.partition(":")[0] not in ("", "refused", "lost")


def _taken_alone(text: str) -> tvm.IRModule | None:
    """Return what TVM's own parser makes of a text; None where it refuses it."""
    try:
        parsed = parse_alone(text)
    except Exception:  # whatever TVM throws at whatever its own tests hold
        return None
    if isinstance(parsed, tir.PrimFunc):
        return tvm.IRModule({"main": parsed.with_attr("global_symbol", "main")})
    functions = {
        name: function
        for name, function in parsed.functions.items()
        if isinstance(function, tir.PrimFunc)
    }
    return tvm.IRModule(functions) if functions else None


def _missing(answers: LegacyAnswers) -> int:
    """Return how many nodes that TVM visits are in no tree."""
    missing = 0
    for work in answers._read.values():
        walked = {each.handle for each in occurrences(work.parsed.mod)}
        for function in work.parsed.mod.functions.values():
            visited: list[Any] = []
            tir.stmt_functor.post_order_visit(function.body, visited.append)
            missing += sum(node.handle.value not in walked for node in visited)
    return missing


def _refusal_alone(mod: tvm.IRModule, name: str) -> str:
    """Return why TVM does not build a module by itself; empty if it does, as it is or by dlight."""
    write_only()
    target, reasons = target_of(name), []
    to_schedule = name == "cuda" and not any(map(is_bound, mod.functions.values()))
    for scheduled in (False, True) if to_schedule else (False,):
        try:
            with target:
                rules = dlight.ApplyDefaultSchedule(dlight.gpu.Fallback())
                built = tvm.build(rules(mod) if scheduled else mod, target=target)
        except Exception as error:
            reasons.append(_words(error))
            continue
        if name != "cuda" or built.imported_modules:
            return ""
        reasons.append("there is no kernel")
    return reasons[0]


def _words(error: Exception) -> str:
    if isinstance(error, VizError):
        return f"[{error.what.id}] {error.message}"[:100]
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__} {lines[-1] if lines else ''}"[:100]


def alone(entry: CorpusProgram, targets: tuple[str, ...], one: bool) -> dict[str, str]:
    """Return the report of a program from a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        os.close(reader)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 2)
        with os.fdopen(writer, "w") as answer:
            for told in report(entry, targets, one):
                print(json.dumps(told), file=answer, flush=True)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        lines = answer.read().splitlines()
    os.waitpid(child, 0)
    return (
        json.loads(lines[-1]) if lines else {"parser": "taken", "tree": "lost: the process ended"}
    )


def main() -> int:
    """Measure the programs; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a checkout of apache/tvm")
    parser.add_argument("--target", action="append", choices=TARGETS, default=[])
    parser.add_argument("--sample", type=int, default=0, help="this many programs, seed 0")
    parser.add_argument("--one", action="store_true", help="ask no target after a text was given")
    parser.add_argument("--show", action="store_true", help="name the programs that are lost")
    options = parser.parse_args()
    programs = corpus(options.source, COMMIT).programs
    if options.sample:
        programs = random.Random(0).sample(programs, min(options.sample, len(programs)))
    targets = tuple(options.target) or TARGETS
    counts: Counter[tuple[str, str]] = Counter()
    whole = refused = 0
    for entry in programs:
        told = alone(entry, targets, options.one)
        has_text = any(_is_text(told.get(target, "")) for target in targets)
        whole += has_text
        refused += all(told.get(target, "").startswith("refused") for target in targets)
        if options.show and told.get("tree") == "given" and not has_text:
            print(f"{entry.file} {entry.name}: no text: {told[targets[0]]}", flush=True)
        for what, verdict in told.items():
            counts[what, verdict.partition(":")[0]] += 1
            if options.show and verdict.startswith(("lost", "nodes")):
                print(f"{entry.file} {entry.name}: {what} {verdict}", flush=True)
    taken, trees = counts["parser", "taken"], counts["tree", "given"]
    print(f"{len(programs)} programs; this TVM's parser takes {taken}; trees: {trees}")
    print(f"with a text for at least one of {', '.join(targets)}: {whole}")
    print(f"that TVM itself builds for none of them: {refused}")
    good = trees >= GOAL * taken
    for target in targets:
        row = {verdict: number for (what, verdict), number in counts.items() if what == target}
        print(f"{target}: {row}")
        built = sum(row.values()) - row.get("refused", 0)
        good = good and row.get("lost", 0) <= (1 - GOAL) * built
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
