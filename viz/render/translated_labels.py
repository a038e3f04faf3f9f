"""Put the words in the labels of a tree into a language.

Labels are code, but for those that count what is inside their node.
"""

from __future__ import annotations

import re

import msgspec

from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import Node, Tree

_COUNTED = "tirx.SeqStmt"
_STATEMENTS = re.compile(r"(\d+) statements")


def in_language(tree: Tree, language: Language) -> Tree:
    """Return a tree with its labels in a language."""
    if language == "en":
        return tree

    def translated(node: Node) -> Node:
        if node.type_key != _COUNTED:
            return node
        return msgspec.structs.replace(node, label=label_in_language(node, language))

    return msgspec.structs.replace(tree, nodes=tuple(map(translated, tree.nodes)))


def label_in_language(node: Node, language: Language) -> str:
    """Return the label of a node in a language."""
    count = node.type_key == _COUNTED and _STATEMENTS.fullmatch(node.label)
    _ = Translator(language)
    return _("{count} statements", count=count[1]) if count else node.label
