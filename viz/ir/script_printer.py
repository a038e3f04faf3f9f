"""Find the characters that a node wrote in TVM's printed script, with the printer's own options.

``path_to_annotate`` writes a comment at a statement, ``path_to_underline`` draws carets below the
characters of a node. Without its comments or carets such a print must equal the plain text, or it
is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import tvm
from tvm_ffi.access_path import AccessPath

from viz.model import Node
from viz.provenance.script.prints import PrintError, Underlined, carets, comment, commented

PRINTED_AS = {
    ("tirx.BufferStore", "indices"): ("indices", "indices"),
    ("ir.TensorLoad", "indices"): ("indices", "indices"),
}
"""Fields that the printer's paths name differently: it repeats the field of an index."""

_FIELD = re.compile(r"(\w+)((?:\[\d+\])*)")
_NOTE = "Note: "


def paths(root: Any, nodes: Sequence[Node]) -> list[AccessPath | None]:
    """Return the printer's path of each node.

    None for nodes below a map (annotations, attributes), which the printer gives no path.
    """
    paths_by_id: list[AccessPath | None] = [None] * len(nodes)
    paths_by_id[0] = AccessPath.root()
    functions = (
        {str(variable.name_hint): variable for variable in root.functions}
        if isinstance(root, tvm.IRModule)
        else {}
    )
    for node in nodes:
        if (base := paths_by_id[node.id]) is None:
            continue
        for child in node.children:
            if node.id == 0 and functions:
                paths_by_id[child.id] = base.attr("functions").map_item(functions[child.field])
            else:
                paths_by_id[child.id] = _below(base, node.type_key, child.field)
    return paths_by_id


def _below(base: AccessPath, type_key: str, field: str) -> AccessPath | None:
    match = _FIELD.fullmatch(field)
    if match is None:
        return None
    for name in PRINTED_AS.get((type_key, match[1]), (match[1],)):
        base = base.attr(name)
    for index in re.findall(r"\d+", match[2]):
        base = base.array_item(int(index))
    return base


def first_lines(root: Any, text: str, requested: Mapping[int, AccessPath]) -> dict[int, int]:
    """Return the 1-based first line of each statement that the printer annotates.

    Parameters
    ----------
    requested
        The paths of the statements by their ids.

    Raises
    ------
    PrintError
        When the print without the comments is not ``text``.
    """
    if not requested:
        return {}
    comments = {path: comment(number) for number, path in requested.items()}
    return commented(text, str(root.script(path_to_annotate=comments)))


def underlined(root: Any, text: str, requested: Sequence[AccessPath]) -> Underlined:
    """Return the characters that the nodes of some paths wrote, together.

    Raises
    ------
    PrintError
        When the print without its carets is not ``text``.
    """
    printed = str(
        root.script(
            path_to_underline=list(requested), extra_config={"render_invisible_path_info": True}
        )
    )
    head, _, body = printed.partition("\n\n")
    notes = [line.startswith(_NOTE) for line in head.splitlines()]
    # One line for each path, followed by a note where its node was not printed.
    exact = [
        not note for is_note, note in zip(notes, [*notes[1:], False], strict=True) if not is_note
    ]
    if len(exact) != len(requested):
        raise PrintError
    if all(exact):
        return Underlined(exact, list(carets(text, body)))
    # The carets of ancestors would mix with those of the nodes that were printed.
    visible = [path for path, seen in zip(requested, exact, strict=True) if seen]
    return Underlined(exact, underlined(root, text, visible).spans if visible else [])
