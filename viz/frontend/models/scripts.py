"""Recognise Python scripts that make a model with torch or TVM's nn, which only Python can run."""

from __future__ import annotations

import ast
import re

from viz.errors import SourceError
from viz.frontend.syntax import dotted, span_of
from viz.messages import message_of
from viz.text import Span, Text

_EXPORTS = re.compile(r"(?:.*\.)?(?:export_tvm|from_exported_program|export\.export)")
_LAYER = re.compile(r"(?:.*\.)?nn\.[A-Z]\w*")


def model_script(tree: ast.Module, text: Text) -> SourceError | None:
    """Return the error for a text that makes a model, at its first class or call; else None."""
    library = _library(tree)
    if not library:
        return None
    made = [node for node in ast.walk(tree) if _makes_model(node)]
    if not made:
        return None
    places = [span_of(node, text) for node in made if isinstance(node, ast.expr | ast.stmt)]
    place = min(places)
    end = text.line_span(text.position(place.start).line).end
    what = message_of("foreign-model", library=library)
    return SourceError(what, span=Span(place.start, min(place.end, end)))


def _library(tree: ast.Module) -> str:
    """Return what a text makes models with, of what it imports; empty where it imports neither."""
    imported = {
        path
        for node in ast.walk(tree)
        for path in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    if any(path.startswith("tvm.relax.frontend.nn") for path in imported):
        return "tvm.relax.frontend.nn"
    roots = {path.partition(".")[0] for path in imported}
    return next((name for name in ("torch", "transformers", "torchvision") if name in roots), "")


def _makes_model(node: ast.AST) -> bool:
    if isinstance(node, ast.ClassDef):
        return any(dotted(base).rpartition(".")[2] == "Module" for base in node.bases)
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func)
    return bool(_EXPORTS.fullmatch(name) or _LAYER.fullmatch(name))
