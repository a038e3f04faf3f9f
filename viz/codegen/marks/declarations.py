"""Find what a function has outside of its statements: its head, and its declarations around it.

Besides what every function has (:mod:`viz.marking.heads`), those are of WGSL the bindings and the
shared memory, in front of ``fn``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tvm import tirx

from viz.codegen.marks.variables import VariableWords
from viz.ir.functions import symbol_of
from viz.ir.walker import Nodes
from viz.marking.align import Ranges
from viz.marking.heads import function_text

BINDING = re.compile(
    r"^@group\(\d+\) @binding\(\d+\) var<storage[^>]*> (?P<name>\w+) :[^;]*;", re.M
)
SHARED = re.compile(r"^var<workgroup> (?P<name>\w+) :[^;]*;", re.M)


def declared(
    text: str, name: str, nodes: Nodes, ranges: Ranges, words: VariableWords
) -> Iterator[tuple[int, int, int]]:
    """Yield the marks of a function, and of what it declares at the level of the module.

    Parameters
    ----------
    name
        What the module calls the function. Its text has the ``global_symbol`` where there is one;
        a codegen may put something before.
    nodes
        Its nodes; the first is the PrimFunc.
    ranges
        The marks of its statements and expressions.
    words
        The words of the text that are variables.
    """
    written = [place for number in nodes.keys() & ranges.keys() for place in ranges[number]]
    whole = next(iter(nodes))
    found = function_text(text, symbol_of(nodes[whole].obj) or name, written)
    yield from _bindings(text, *found.outside, nodes, words)
    yield from ((start, end, whole) for start, end in found.places)


def _bindings(
    text: str, begin: int, end: int, nodes: Nodes, words: VariableWords
) -> Iterator[tuple[int, int, int]]:
    """Yield the marks of buffers and shared memory in front of a function in WGSL."""
    whole = next(iter(nodes))
    declaring: dict[int, int] = {}  # the ids of parameters and allocations by their variables
    for each in nodes.values():
        if each.parent == whole and each.field.startswith("params"):
            declaring[each.handle] = each.id
        elif each.obj.__class__ is tirx.AllocBuffer:
            declaring[each.obj.buffer.__chandle__()] = each.id
    for pattern in (BINDING, SHARED):
        for match in pattern.finditer(text, begin, end):
            variable = words.at(match.start("name"))
            if variable in declaring:
                yield match.start(), match.end(), declaring[variable]
