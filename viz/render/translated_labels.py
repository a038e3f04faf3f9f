"""Put the words in the labels of a tree into a language.

Labels are code, but for those that count what is inside their node.
"""

from __future__ import annotations

import re

import msgspec

from viz.locale.translator import Translator, marked
from viz.messages import Language
from viz.model import Node, Tree

_COUNTED = {
    "tirx.SeqStmt": marked("{count} statements"),
    "relax.expr.BindingBlock": marked("{count} bindings"),
    "relax.expr.DataflowBlock": marked("{count} bindings"),
}
"""The words of such labels, by type."""
_COUNT = re.compile(r"(\d+) [a-z]+")


def in_language(tree: Tree, language: Language) -> Tree:
    """Return a tree with its labels in a language."""
    if language == "en":
        return tree

    def translated(node: Node) -> Node:
        if node.type_key not in _COUNTED:
            return node
        return msgspec.structs.replace(node, label=label_in_language(node, language))

    return msgspec.structs.replace(tree, nodes=tuple(map(translated, tree.nodes)))


def label_in_language(node: Node, language: Language) -> str:
    """Return the label of a node in a language."""
    words, count = _COUNTED.get(node.type_key), _COUNT.fullmatch(node.label)
    if words is None or count is None:
        return node.label
    return Translator(language)(words, count=count[1])
