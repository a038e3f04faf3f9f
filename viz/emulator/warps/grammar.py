"""Parse CUDA text by tree-sitter's grammar."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from viz.messages import Message, message_of

_CONTAINERS = (
    "linkage_specification",
    "template_declaration",
    "preproc_if",
    "preproc_ifdef",
    "preproc_else",
)


class Unsaid(Exception):
    """A kernel has something that masks do not say; ``why`` names it."""

    def __init__(self, why: Message) -> None:
        super().__init__(why.text())
        self.why = why


@cache
def parser() -> Any:
    """Return the parser, which a process that forks others loads first.

    Raises
    ------
    ImportError
        When it is not installed.
    """
    import tree_sitter
    import tree_sitter_cuda

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_cuda.language()))


def parsed(text: str) -> tuple[Any, ...]:
    """Return the definitions of functions in a text, as the grammar's nodes."""
    # The grammar knows one of two spellings; offsets stay.
    data = text.encode().replace(b"__align__(", b"  alignas(")
    return tuple(_definitions(parser().parse(data).root_node))


def _definitions(node: Any) -> Iterator[Any]:
    for child in node.children:
        if child.type == "function_definition":
            yield child
        elif child.type in _CONTAINERS:
            yield from _definitions(child)


def name_of(node: Any) -> str:
    """Return the name of a definition, empty for one that is not a plain function."""
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "identifier":
        declarator = declarator.child_by_field_name("declarator")
    return text_of(declarator) if declarator is not None else ""


def text_of(node: Any) -> str:
    """Return a node's text."""
    return str(node.text.decode())


def unknown(node: Any) -> Unsaid:
    """Return that the trees have no word for a node."""
    construct = text_of(node).split("\n")[0][:60]
    return Unsaid(message_of("warps-construct", construct=construct, line=line_of(node)))


def line_of(node: Any) -> int:
    """Return the 1-based line that a node begins on."""
    return int(node.start_point[0]) + 1
