"""What the rules that bring a text down know of its names, and what they propose."""

from __future__ import annotations

import ast
from typing import NamedTuple

from viz.frontend.extract import Extract
from viz.frontend.gate.allow_list import LETTERS
from viz.frontend.syntax import dotted, span_of
from viz.messages import Message
from viz.text import Patch, Patched, Span


class Respelling(NamedTuple):
    """Patches that belong together: the place they are about, and why."""

    patches: tuple[Patch, ...]
    note: Message
    rule: str


class TextNames:
    """The text that is brought down, and what its names mean."""

    def __init__(self, patched: Patched, tree: ast.Module, extract: Extract) -> None:
        self._patched = patched
        self.text = patched.text
        self.letters = LETTERS | dict(extract.program.namespaces)
        self.is_todays = _is_todays(extract)
        self.on_top = {
            id(statement.value)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            for statement in function.body
            if isinstance(statement, ast.Assign)
        }
        """The calls whose value is named in the body of a function itself."""
        # Blocks make the difference between T.alloc_buffer of a block and that of a statement.
        self.has_blocks = any(
            self.member(node) in ("sblock", "block")
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
        )

    def span(self, node: ast.AST) -> Span:
        """Return a node's place in the text that is brought down."""
        return span_of(node, self.text)

    def origin(self, node: ast.AST) -> Span:
        """Return a node's place in the user's text."""
        return self._patched.origin(self.span(node))

    def source(self, node: ast.AST) -> str:
        """Return the text of a node."""
        return self.text.slice(self.span(node))

    def member(self, node: ast.AST) -> str:
        """Return the name of a member of ``T``, without ``T.``; empty for anything else."""
        node = node.func if isinstance(node, ast.Call) else node
        root, _, rest = dotted(node).partition(".")
        return rest if self.letters.get(root) == "T" else ""

    def tail(self, node: ast.AST, name: str) -> Span:
        """Return the span of a member's name at the end of an attribute."""
        end = self.span(node).end
        return Span(end - len(name), end)


def _is_todays(extract: Extract) -> bool:
    """Whether the user's text is certainly in today's dialect."""
    imports = [
        extract.text.slice(statement.span).replace(",", " ").split()
        for statement in extract.program.left_out
        if statement.what.id == "left-out-import"
    ]
    if any("tvm.script" in " ".join(words) and "tirx" in words for words in imports):
        return True
    sources = "\n".join(extract.text.slice(span) for span in extract.spans())
    return any(word in sources for word in _TODAYS_WORDS)


_TODAYS_WORDS = ("T.sblock", "s_tir=", "T.let", "tirx.", "T.device_entry")
