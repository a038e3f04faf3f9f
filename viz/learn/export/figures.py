"""Choose what a figure of a lesson shows of a tree: all nodes of its levels but for types."""

from __future__ import annotations

from viz.model import Tree
from viz.render import graph


def figure_view(tree: Tree, root: int, depth: int) -> graph.View:
    """Return the view of a node and so many levels below it.

    What a picture folds by default, such as the variable and the extent of a loop, is shown, as in
    the figures of the workspace.
    """
    level, unfolded = [root], []
    for _level in range(depth):
        inner = [id_ for id_ in level if not _has_types(tree, id_)]
        unfolded += inner
        level = [child.id for id_ in inner for child in tree.nodes[id_].children]
    return graph.View(root=root, depth=depth, unfolded=tuple(unfolded))


def _has_types(tree: Tree, id_: int) -> bool:
    return any(tree.nodes[child.id].kind == "type" for child in tree.nodes[id_].children)
