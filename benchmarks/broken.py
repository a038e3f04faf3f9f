"""Break the examples and count the messages that are TVM's own: python benchmarks/broken.py.

Each broken program is an example with one mistake of those that people make: a line is gone, a
dtype is another one, a loop is no longer bound, a name or a member is misspelt, an index is left
out, an extent is another one. It is parsed, lowered and written for three targets, and run on two
devices. Of every problem it is noted whether its words are TIRscope's, and whether its place in
the text is the right one by the rules of `benchmarks/places/blame.py`. A problem that the unbroken
example has too, such as threads on a CPU, is no effect of the mistake and is counted apart. A
problem in TVM's own words, or blamed on TIRscope although the program is wrong, makes the script
end with 1.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.places.blame import place_of  # noqa: E402
from viz.errors import VizError  # noqa: E402
from viz.frontend.examples import examples  # noqa: E402
from viz.messages import VERBATIM, Message, messages  # noqa: E402
from viz.model import OverviewPart, Request, RunPart, SourcePart  # noqa: E402
from viz.service.client.submit import Engine, Submission  # noqa: E402

PROGRAMS = 300
TARGETS = ("c", "cuda", "llvm")
DEVICES = ("c", "cuda-emulated")
SECONDS = 20.0
"""The time limit of one request."""

DTYPES = ("float32", "float16", "int32", "int8", "bool", "float64", "float33", "int4")
MEMBER = re.compile(r"\bT\.(?P<name>[a-z_]{4,})")
NAME = re.compile(r"\b(?P<name>[A-Za-z]\w*)\b(?=\[)")
INDEX = re.compile(r"\[(?P<name>[^][]+)\]")
EXTENT = re.compile(r"(?<![\w.\"])(?P<name>\d{1,4})(?![\w.\"])")
BINDING = re.compile(r"T\.thread_binding\((?P<extent>[^,()]+), thread=\"[\w.]+\"\)")


class Broken(NamedTuple):
    """A program with one mistake.

    Attributes
    ----------
    example
        The name of the example that was broken.
    kind
        The kind of mistake.
    text
        The text with the mistake, which has the lines of the example.
    line
        The 1-based line of the mistake.
    """

    example: str
    kind: str
    text: str
    line: int


Mistake = Callable[[str, random.Random], str | None]
"""Returns a line with a mistake in it; None where the line gives no occasion."""


def gone(line: str, draw: random.Random) -> str | None:
    """Leave the line out."""
    return None if line.lstrip().startswith(("@", "def", "#", '"""')) else ""


def other_dtype(line: str, draw: random.Random) -> str | None:
    """Give a dtype another name, which may be none of a dtype."""
    found = [*re.finditer("|".join(rf"\b{dtype}\b" for dtype in DTYPES), line)]
    if not found:
        return None
    match = draw.choice(found)
    other = draw.choice([dtype for dtype in DTYPES if dtype != match[0]])
    return line[: match.start()] + other + line[match.end() :]


def unbound(line: str, draw: random.Random) -> str | None:
    """Make a loop over threads a serial one."""
    changed = BINDING.sub(r"range(\g<extent>)", line)
    return changed if changed != line else None


def misspelt(pattern: re.Pattern[str]) -> Mistake:
    """Return the mistake of leaving a letter out of a word."""

    def mistake(line: str, draw: random.Random) -> str | None:
        found = [*pattern.finditer(line)]
        if not found:
            return None
        start, end = draw.choice(found).span("name")
        place = draw.randrange(start, end)
        return (
            line[:place] + line[place + 1 :] if end - start > 1 else line[:start] + "q" + line[end:]
        )

    return mistake


def without_index(line: str, draw: random.Random) -> str | None:
    """Leave out the last of several indices, or the whole index."""
    found = [*INDEX.finditer(line)]
    if not found:
        return None
    match = draw.choice(found)
    first, comma, _ = match["name"].rpartition(",")
    return line[: match.start()] + (f"[{first}]" if comma else "") + line[match.end() :]


def other_extent(line: str, draw: random.Random) -> str | None:
    """Replace a number by another one."""
    found = [*EXTENT.finditer(line)]
    if not found:
        return None
    match = draw.choice(found)
    other = draw.choice(["0", "1", "7", "2048", str(int(match[0]) + 1)])
    return line[: match.start()] + other + line[match.end() :]


MISTAKES: dict[str, Mistake] = {
    "line gone": gone,
    "other dtype": other_dtype,
    "loop not bound": unbound,
    "member misspelt": misspelt(MEMBER),
    "name misspelt": misspelt(NAME),
    "index left out": without_index,
    "other extent": other_extent,
}


def broken_programs(count: int, seed: int) -> Iterator[Broken]:
    """Yield broken programs, as many of one kind as of another as far as there are so many."""
    draw = random.Random(seed)
    texts = {name: example.text for name, example in examples().items()}
    seen = set(texts.values())
    made, turns = 0, cycle(MISTAKES)
    while made < count:
        kind = next(turns)
        for _ in range(200):
            name = draw.choice(sorted(texts))
            lines = texts[name].split("\n")
            program = _program_lines(lines)
            number = draw.choice(program)
            line = MISTAKES[kind](lines[number], draw)
            if line is None:
                continue
            text = "\n".join([*lines[:number], line, *lines[number + 1 :]])
            if text not in seen:
                seen.add(text)
                made += 1
                yield Broken(name, kind, text, number + 1)
                break


def _program_lines(lines: list[str]) -> list[int]:
    """Return the numbers of the lines of an example that are TVMScript."""
    start = next(i for i, line in enumerate(lines) if line.startswith("@"))
    end = next((i for i, line in enumerate(lines) if line.startswith("def reference")), len(lines))
    return [i for i in range(start, end) if lines[i].strip()]


def problems(text: str, engine: Engine) -> Iterator[tuple[str, VizError]]:
    """Yield what goes wrong with a program, and what was asked for."""
    parts = [("parse", Request(text=text, part=OverviewPart()))]
    for target in TARGETS:
        parts.append((target, Request(text=text, target=target, part=SourcePart())))
    for device in DEVICES:
        parts.append((f"run {device}", Request(text=text, part=RunPart(device=device))))
    for asked, request in parts:
        try:
            Submission(engine, request, seconds=SECONDS).result()
        except VizError as error:
            yield asked, error
            if asked == "parse":
                return


RAW_FIELDS = frozenset(("reason", "errors", "why", "diagnostic", "detail"))
"""The values of messages that TVM or a compiler has worded, where they are texts."""

RAW_SIGNS = re.compile(
    r"Check failed|Error(?: message)?:|Expected `|\bffi\.\w|\b(?:s_tir|tirx|ir)\.[A-Z]\w+|#\d+\b"
)
"""Pattern of words that only TVM writes, in whatever value they arrive."""


def has_raw_text(message: Message) -> bool:
    """Return whether a message, or one that it is made of, holds words of TVM's."""
    if message.id == VERBATIM:
        return True
    if message.id == "reference-failed":  # Python's words for the user's own function
        return False
    row = messages()[message.id]
    words = f"{row.en} {row.hint.en if row.hint else ''}"
    for name, value in message.values.items():
        if f"{{{name}" not in words:
            continue
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Message):
                if has_raw_text(part):
                    return True
            elif isinstance(part, str) and (name in RAW_FIELDS or RAW_SIGNS.search(part)):
                return True
    return False


class Places:
    """Counts the problems by their places, and those that are in TVM's own words."""

    def __init__(self, engine: Engine) -> None:
        self.counts: Counter[str] = Counter()
        self.raw: Counter[str] = Counter()
        self._engine = engine
        self._own = cache(self._problems_of_example)

    def _problems_of_example(self, example: str) -> set[tuple[str, str]]:
        found = problems(examples()[example].text, self._engine)
        return {(asked, error.what.id) for asked, error in found}

    def add(self, program: Broken) -> Iterator[str]:
        """Count the problems of a program, and yield a line for each."""
        failed = False
        self.counts["programs"] += 1
        for asked, error in problems(program.text, self._engine):
            failed = True
            self.counts["problems"] += 1
            if (asked, error.what.id) in self._own(program.example):
                place, line = "the example's own", 0
            else:
                original = examples()[program.example].text
                place, line = place_of(error.span, original, program.text, program.line)
            self.counts[place] += 1
            told = [error.what, *([error.advice] if error.advice is not None else [])]
            if error.code == "internal" or any(map(has_raw_text, told)):
                self.raw[f"{asked}: {error.message[:160]}"] += 1
                place = f"RAW {place}"
            where = f"{program.example}: {program.kind} {program.line}→{line or '-'}"
            yield f"{place}: {where} {asked}: {error.message[:200]}"
        self.counts["no problem"] += not failed


def main() -> int:
    """Print the shares; return 1 where a message is TVM's own or blames TIRscope."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=PROGRAMS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print each problem")
    options = parser.parse_args()
    os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"
    places = Places(Engine(warm=True))
    for program in broken_programs(options.programs, options.seed):
        for line in places.add(program):
            if options.show:
                print(line, flush=True)
    for name, number in places.counts.items():
        print(f"{name}: {number}")
    print(f"in TVM's own words: {places.raw.total()}")
    for message, number in places.raw.most_common():
        print(f"{number:4} {message}")
    return int(bool(places.raw))


if __name__ == "__main__":
    sys.exit(main())
