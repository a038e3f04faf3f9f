"""Print a stage of the 2024 TVM as TVMScript, with marks for what each node wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import tvm
from tvm.runtime import ObjectPath

from viz.legacy.walker import LegacyWalks
from viz.model import Mark, Node, StageName, StageText, Verified
from viz.provenance.script.placer import NodePlacer, ScriptPrinter, ScriptTypes
from viz.provenance.script.prints import PrintError, Underlined, carets, comment, commented

TYPES = ScriptTypes(
    sequence="tir.SeqStmt",
    attribute="tir.AttrStmt",
    integer="IntImm",
    transparent=frozenset(("tir.SeqStmt", "Range")),
    uncommented=frozenset(
        (
            "tir.Allocate",
            "tir.AllocateConst",
            "tir.AssertStmt",
            "tir.AttrStmt",
            "tir.BufferRealize",
            "tir.DeclBuffer",
            "tir.LetStmt",
            "tir.SeqStmt",
        )
    ),
    defined={
        "tir.PrimFunc": ("params",),
        "tir.For": ("loop_var",),
        "tir.LetStmt": ("var",),
        "tir.Allocate": ("buffer_var",),
        "tir.DeclBuffer": ("buffer",),
        "tir.AttrStmt": ("node", "var"),
        "tir.Block": ("iter_vars", "var"),
    },
    tells_unprinted=False,
)

PRINTED_AS = {
    ("tir.BufferStore", "indices"): ("indices", "indices"),
    ("tir.BufferLoad", "indices"): ("indices", "indices"),
}
"""Fields that the printer's paths name differently: it repeats the field of an index."""

UNPRINTED = frozenset(
    (
        ("Range", "extent"),
        ("tir.Allocate", "condition"),
        ("tir.Block", "alloc_buffers"),
        ("tir.DeclBuffer", "buffer"),
        ("tir.PrimFunc", "buffer_map"),
        ("tir.PrimFunc", "ret_type"),
    )
)
"""Fields that are printed in other words, or not at all; a buffer is printed by its name."""

_FIELD = re.compile(r"(\w+)((?:\[\d+\])*)")


def stage_text(walks: LegacyWalks, root: Any, stage: StageName, target: str) -> StageText:
    """Print a module or a function with the marks of its nodes.

    Parameters
    ----------
    root
        An IRModule or a PrimFunc; the marks name nodes of its Tree.
    stage, target
        Copied to the answer.
    """
    text = str(root.script())
    nodes = [node for node, _ in walks.objects(root)]
    printer = _Prints(root, text)
    marks: tuple[Mark, ...] = ()
    verified: Verified = "none"
    try:
        placer = NodePlacer(
            text,
            nodes,
            ScriptPrinter(_paths(root, nodes), printer.first_lines, printer.underlined),
            TYPES,
        )
        marks, verified = placer.marks()
    except (PrintError, SyntaxError):
        pass  # the text stands, unmarked
    return StageText(stage=stage, target=target, text=text, marks=marks, verified=verified)


class _Prints:
    """Prints of a root with comments and carets, without which each must be its plain text."""

    def __init__(self, root: Any, text: str) -> None:
        self._root = root
        self._text = text

    def first_lines(self, requested: Mapping[int, Any]) -> dict[int, int]:
        """Return the 1-based first line of each statement that the printer annotates, by id."""
        if not requested:
            return {}
        comments = {path: comment(number) for number, path in requested.items()}
        return commented(self._text, str(self._root.script(path_to_annotate=comments)))

    def underlined(self, requested: Sequence[Any]) -> Underlined:
        """Return the characters that the nodes of some paths wrote, together.

        This printer underlines the nearest ancestor of what it does not print, and says nothing of
        that: the caller has to refuse such places.
        """
        printed = str(self._root.script(path_to_underline=list(requested)))
        return Underlined([True] * len(requested), list(carets(self._text, printed)))


def _paths(root: Any, nodes: Sequence[Node]) -> list[Any | None]:
    """Return the printer's path of each node; None for nodes below a map."""
    paths: list[Any | None] = [None] * len(nodes)
    paths[0] = ObjectPath.root()
    functions = (
        {str(variable.name_hint): variable for variable in root.get_global_vars()}
        if isinstance(root, tvm.IRModule)
        else {}
    )
    for node in nodes:
        base = paths[node.id]
        if base is None or node.type_key == "tir.Buffer":
            continue
        for child in node.children:
            if node.id == 0 and functions:
                paths[child.id] = base.attr("functions").map_value(functions[child.field])
            else:
                paths[child.id] = _below(base, node.type_key, child.field)
    return paths


def _below(base: Any, type_key: str, field: str) -> Any | None:
    match = _FIELD.fullmatch(field)
    if match is None or (type_key, match[1]) in UNPRINTED:
        return None
    for name in PRINTED_AS.get((type_key, match[1]), (match[1],)):
        base = base.attr(name)
    for index in re.findall(r"\d+", match[2]):
        base = base.array_index(int(index))
    return base
