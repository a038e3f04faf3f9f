"""Describe the statements of a file that are not TVMScript, with hints."""

from __future__ import annotations

import ast

from viz.frontend.syntax import dotted
from viz.messages import Message, message_of

SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("print", "show"), "left-out-output"),
    (("te", "topi"), "left-out-tensor-expression"),
    (("nn", "torch", "onnx", "from_exported_program", "from_onnx"), "left-out-model"),
    (("build", "compile", "lower"), "left-out-build"),
    (
        ("Schedule", "sch", "schedule", "ApplyDefaultSchedule", "meta_schedule", "dlight", "dl"),
        "left-out-schedule",
    ),
    (
        ("rand", "randn", "random", "array", "tensor", "nd", "empty", "zeros", "ones", "testing"),
        "left-out-arrays",
    ),
)
"""Names, and the id of the message that says what a statement is that mentions one of them.

The first row decides that has one of the names.
"""


def describe(node: ast.stmt) -> Message:
    """Return what a statement is in a few words, maybe with a hint."""
    names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    names |= {child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}
    for signs, id_ in SIGNS:
        if names.intersection(signs):
            return message_of(id_)
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return message_of("left-out-assignment")
    if isinstance(node, ast.ClassDef):
        return message_of("left-out-class", name=node.name)
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return message_of("left-out-statement")
    if function := dotted(node.value):
        return message_of("left-out-call", function=function)
    return message_of("left-out-function-call")
