"""Print a stage as TVMScript, with marks for the characters that each node wrote."""

from __future__ import annotations

from functools import partial
from typing import Any

from viz.ir import script_printer
from viz.ir.walker import walk_objects
from viz.model import Mark, StageName, StageText, Verified
from viz.provenance.script.placer import NodePlacer, ScriptPrinter, ScriptTypes
from viz.provenance.script.prints import PrintError

TYPES = ScriptTypes(
    sequence="tirx.SeqStmt",
    attribute="tirx.AttrStmt",
    integer="ir.IntImm",
    transparent=frozenset(("tirx.SeqStmt",)),
    uncommented=frozenset(("tirx.SeqStmt", "tirx.AttrStmt")),
    defined={
        "tirx.PrimFunc": ("params",),
        "tirx.For": ("loop_var",),
        "tirx.Bind": ("var",),
        "tirx.AllocBuffer": ("buffer",),
        "tirx.DeclBuffer": ("buffer",),
        "tirx.AttrStmt": ("node", "var"),
        "s_tir.SBlock": ("iter_vars", "var"),
    },
)


def stage_text(root: Any, stage: StageName, target: str) -> StageText:
    """Print a module or a function with the marks of its nodes.

    Parameters
    ----------
    root
        An IRModule or a PrimFunc; the marks name nodes of its Tree (:func:`viz.ir.walker.walk`).
    stage, target
        Copied to the answer.
    """
    text = str(root.script())
    nodes = [node for node, _ in walk_objects(root)]
    printer = ScriptPrinter(
        paths=script_printer.paths(root, nodes),
        first_lines=partial(script_printer.first_lines, root, text),
        underlined=partial(script_printer.underlined, root, text),
    )
    marks: tuple[Mark, ...] = ()
    verified: Verified = "none"
    try:
        marks, verified = NodePlacer(text, nodes, printer, TYPES).marks()
    except (PrintError, SyntaxError):
        pass  # the text stands, unmarked
    return StageText(stage=stage, target=target, text=text, marks=marks, verified=verified)
