"""Mark the instructions of LLVM IR and assembly by the debug lines of a second text of them.

The second text is that of the same program whose statements have their node ids + 1 as lines.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Literal

from viz.model import Mark

LOCATION = re.compile(r"^!(\d+) = !DILocation\(line: (\d+)", re.M)
USE = re.compile(r", !dbg !(\d+)")
LOC = re.compile(r"\s*\.loc\s+\d+\s+(\d+)")
# Metadata numbers, labels of debug info, addresses: they differ from one compilation to the next.
PASSING = re.compile(r"!\d+|\.Ltmp\d+|\.L(?:debug|func|info)\w*|0x[0-9a-f]{6,}|\d{12,}")
RECORDS = ("#dbg_", "  #dbg_", "    #dbg_")
RETURN = re.compile(r"\s*ret[ql]?\b")


def marks(
    text: str, again: str, form: Literal["ir", "assembly"], leaving: Container[int]
) -> tuple[Mark, ...]:
    """Return the marks of a text, from what the numbered copy of its module became.

    An instruction belongs to one statement; nothing is marked where the two texts differ in more
    than debug locations. The end of a function bears the location of what came before: it is
    nobody's, unless that statement is one of those ``leaving`` it.
    """
    owners = _ir_owners if form == "ir" else _assembly_owners
    lines, numbered_lines = list(owners(text)), list(owners(again))
    if [line for line, _, _, _ in lines] != [line for line, _, _, _ in numbered_lines]:
        return ()
    found: list[Mark] = []
    for (said, _, start, end), (_, line, _, _) in zip(lines, numbered_lines, strict=True):
        if not line or (RETURN.match(said) and line - 1 not in leaving):
            continue
        if found and found[-1].node == line - 1 and not text[found[-1].end : start].strip():
            start = found.pop().start
        found.append(Mark(start, end, line - 1))
    return tuple(found)


def _lines(text: str) -> Iterator[tuple[str, int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        start = at + len(line) - len(line.lstrip())
        yield line, start, start + len(bare)
        at += len(line)


def _ir_owners(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield each line that is no metadata: what it says, its debug line or 0, start and end."""
    lines = {int(number): int(line) for number, line in LOCATION.findall(text)}
    for line, start, end in _lines(text):
        if line.startswith("!") or line.startswith(RECORDS):
            continue
        use = USE.search(line)
        owner = lines.get(int(use[1]), 0) if use else 0
        yield PASSING.sub("", USE.sub("", line)), owner, start, end


def _assembly_owners(text: str) -> Iterator[tuple[str, int, int, int]]:
    owner = 0
    for line, start, end in _lines(text):
        if loc := LOC.match(line):
            owner = int(loc[1])
            continue
        said = PASSING.sub("", line).strip()
        if ".cfi_endproc" in said:
            owner = 0
        if not said or said == ":":
            continue
        instruction = line[:1].isspace() and not said.startswith((".", "#"))
        if said.startswith(".section") or said.startswith(".debug"):
            owner = 0
        if said.startswith(".section\t.debug"):
            return  # what follows is the debug information itself
        yield said, owner if instruction else 0, start, end
