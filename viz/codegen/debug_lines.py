"""Mark the instructions of LLVM IR and assembly by the statements that they come from.

LLVM's debug information carries a line number from every statement to every instruction that comes
of it, through all of its optimisations. So the module is copied, each statement of the copy is
given its node id as line number, and it is compiled again: what differs from the first text are
debug locations, and those of the copy name the nodes. Where anything else differs, nothing is
marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from typing import Any, Literal

import tvm
from tvm import ir, tirx

from viz.ir.reflection import classes
from viz.ir.walker import Occurrence, occurrences
from viz.model import Mark, catalog

LOCATION = re.compile(r"^!(\d+) = !DILocation\(line: (\d+)", re.M)
USE = re.compile(r", !dbg !(\d+)")
LOC = re.compile(r"\s*\.loc\s+\d+\s+(\d+)")
# Metadata numbers, labels of debug info, addresses: they differ from one compilation to the next.
PASSING = re.compile(r"!\d+|\.Ltmp\d+|\.L(?:debug|func|info)\w*|0x[0-9a-f]{6,}|\d{12,}")
RECORDS = ("#dbg_", "  #dbg_", "    #dbg_")

RETURN = re.compile(r"\s*ret[ql]?\b")
LEAVING = classes(catalog.codegen_calls().types.leaving)

_SET_SPAN: Callable[[Any, Any], None] = tirx.Stmt.__tvm_ffi_type_info__.fields[0].setter


def numbered(mod: tvm.IRModule, functions: dict[str, list[Occurrence]]) -> tvm.IRModule:
    """Return a copy of a lowered module whose statements have their node ids + 1 as lines."""
    copy = tvm.ir.load_json(tvm.ir.save_json(mod))
    source = ir.SourceName("node")
    name = ""
    offset = 0
    for each in occurrences(copy)[1:]:
        if each.parent == 0:
            name = each.field
            offset = functions[name][0].id - each.id
        if isinstance(each.obj, tirx.Stmt):
            line = each.id + offset + 1
            _SET_SPAN(each.obj, ir.Span(source, line, line, 1, 1))
    return copy


def returning(functions: dict[str, list[Occurrence]]) -> set[int]:
    """Return the ids of statements that may leave their function."""
    return {
        each.id for nodes in functions.values() for each in nodes if each.obj.__class__ in LEAVING
    }


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
