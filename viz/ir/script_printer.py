"""Asks TVM's script printer which characters a node of the printed program wrote.

Two of its options tell: ``path_to_annotate`` writes a comment at a statement, ``path_to_underline``
draws carets below whatever a node wrote. Either print must be the plain text once the comments or
carets are taken out again, character for character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import tvm
from tvm_ffi.access_path import AccessPath

from viz.model import Node
from viz.text import Span

# The printer counts the field of an index twice.
PRINTED_AS = {
    ("tirx.BufferStore", "indices"): ("indices", "indices"),
    ("ir.TensorLoad", "indices"): ("indices", "indices"),
}

_FIELD = re.compile(r"(\w+)((?:\[\d+\])*)")
_COMMENT = re.compile(r"(?P<code>.*?)\s*# viz:(?P<node>\d+)")
_CARETS = re.compile(r"\^+")
_NOTE = "Note: "


class PrintError(Exception):
    """A print came out otherwise than the plain text."""


class Underlined(NamedTuple):
    """What a print said about the paths asked for.

    ``exact`` has for each path whether it was printed as such (for another TVM underlines the
    nearest node above it). ``spans`` are the characters of those that were, cut at line ends.
    """

    exact: list[bool]
    spans: list[Span]


def paths(root: Any, nodes: Sequence[Node]) -> list[AccessPath | None]:
    """Return each node's path as the printer counts it.

    None for nodes below a map (annotations, attributes), which are never printed as such.
    """
    found: list[AccessPath | None] = [None] * len(nodes)
    found[0] = AccessPath.root()
    functions = (
        {str(variable.name_hint): variable for variable in root.functions}
        if isinstance(root, tvm.IRModule)
        else {}
    )
    for node in nodes:
        if (base := found[node.id]) is None:
            continue
        for child in node.children:
            if node.id == 0 and functions:
                found[child.id] = base.attr("functions").map_item(functions[child.field])
            else:
                found[child.id] = _below(base, node.type_key, child.field)
    return found


def _below(base: AccessPath, type_key: str, field: str) -> AccessPath | None:
    match = _FIELD.fullmatch(field)
    if match is None:
        return None
    for name in PRINTED_AS.get((type_key, match[1]), (match[1],)):
        base = base.attr(name)
    for index in re.findall(r"\d+", match[2]):
        base = base.array_item(int(index))
    return base


def first_lines(root: Any, text: str, asked: Mapping[int, AccessPath]) -> dict[int, int]:
    """Return the 1-based line on which statements begin, of those that take a comment.

    Raises
    ------
    PrintError
        When the print without the comments is not ``text``.
    """
    if not asked:
        return {}
    comments = {path: f"viz:{number}" for number, path in asked.items()}
    found: dict[int, int] = {}
    waiting: list[int] = []
    lines: list[str] = []
    for printed in str(root.script(path_to_annotate=comments)).splitlines():
        line = printed
        while (comment := _COMMENT.fullmatch(line)) is not None:
            waiting.append(int(comment["node"]))
            line = comment["code"]
        if line != printed and not line:
            continue  # a comment above the statement it is about
        lines.append(line)
        found.update(dict.fromkeys(waiting, len(lines)))
        waiting = []
    if lines != text.splitlines():
        raise PrintError
    return found


def underlined(root: Any, text: str, asked: Sequence[AccessPath]) -> Underlined:
    """Return the characters that the nodes of some paths wrote, all of them together.

    Raises
    ------
    PrintError
        When the print without its carets is not ``text``.
    """
    printed = str(
        root.script(
            path_to_underline=list(asked), extra_config={"render_invisible_path_info": True}
        )
    )
    head, _, body = printed.partition("\n\n")
    notes = [line.startswith(_NOTE) for line in head.splitlines()]
    # One line for each path, and a note below the line of one that was not printed as such.
    exact = [
        not note for is_note, note in zip(notes, [*notes[1:], False], strict=True) if not is_note
    ]
    if len(exact) != len(asked):
        raise PrintError
    if all(exact):
        return Underlined(exact, list(_carets(text, body)))
    # What was underlined in place of the others would hide whose carets are whose.
    visible = [path for path, seen in zip(asked, exact, strict=True) if seen]
    return Underlined(exact, underlined(root, text, visible).spans if visible else [])


def _carets(text: str, printed: str) -> Iterator[Span]:
    lines = iter(printed.splitlines())
    following = next(lines, None)
    begin = end = at = 0
    for line in text.splitlines():
        if following != line:
            raise PrintError
        if line:  # carets below an empty line mean the one above it
            begin, end = at, at + len(line)
        at += len(line) + 1
        following = next(lines, None)
        if following is not None and _is_carets(following):
            if begin + len(following) > end:
                raise PrintError
            # Carets stand below printable ASCII alone; TVM escapes everything else.
            yield from (
                Span(begin + c.start(), begin + c.end()) for c in _CARETS.finditer(following)
            )
            following = next(lines, None)
    if following is not None:
        raise PrintError


def _is_carets(line: str) -> bool:
    return "^" in line and not line.strip("^ ")
