"""Describe the statements of a file that are not TVMScript, with hints."""

from __future__ import annotations

import ast

from viz.frontend.syntax import dotted

HINTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("te", "topi"),
        "a tensor expression",
        "Tensor expressions only become TVMScript when Python runs them. Print "
        "`te.create_prim_func([...]).script()` and paste that.",
    ),
    (
        ("nn", "torch", "onnx", "from_exported_program", "from_onnx"),
        "a model",
        "A model becomes TVMScript by exporting it. Print `mod.script()` of the exported "
        "module and paste that.",
    ),
    (
        ("Schedule", "sch", "schedule", "ApplyDefaultSchedule", "meta_schedule", "dlight", "dl"),
        "a schedule",
        "Schedules are Python that has to run. Print `sch.mod.script()` afterwards and paste that.",
    ),
    (
        ("build", "compile", "lower"),
        "a build",
        "TIRscope builds for you: choose a target.",
    ),
    (
        ("rand", "randn", "random", "array", "tensor", "nd", "empty", "zeros", "ones", "testing"),
        "array set-up",
        "TIRscope makes inputs itself when you press Run.",
    ),
    (("print", "show"), "output", ""),
)
"""Names, what a statement that mentions one of them is, and what to do about it.

The first row decides that has one of the names.
"""


def describe(node: ast.stmt) -> tuple[str, str]:
    """Return what a statement is in a few words, and a hint or an empty string."""
    names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    names |= {child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}
    for words, what, hint in HINTS:
        if names.intersection(words):
            return what, hint
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return "an assignment", ""
    if isinstance(node, ast.ClassDef):
        return f"the Python class {node.name}", ""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return f"a call of {dotted(node.value) or 'a function'}", ""
    return "a Python statement", ""
