"""Whether a Tree has a node like a pattern, and if not, where it nearly has."""

from __future__ import annotations

from viz.model import Node, Options, Tree
from viz.render.graph import View, fold, text_tree
from viz.testing import program as ask
from viz.testing.matching import Matcher, Miss, Report, describe
from viz.testing.pattern import Anywhere, Nowhere, Pattern, show, size

MOST_LINES = 150
"""Nodes that a message shows; of a larger tree it shows what is below the nearest node."""
MOST_MISSES = 8


def assert_ast(
    program: ask.Program | Tree,
    pattern: Pattern | Anywhere | Nowhere,
    *,
    stage: str | int = "input",
    target: str = "c",
    options: Options = Options(),
) -> Node:
    """Fail unless a node of the program's tree matches a pattern; return the first that does.

    The pattern is looked for in the whole tree, as FileCheck looks for a line in the whole text.
    To say where it stands, write what stands above it: a tree has one ``IRModule``, its root.
    With ``nowhere(pattern)`` it fails when some node does match.

    Parameters
    ----------
    program
        A text with TVMScript in it, a ``tvm.IRModule``, or a Tree (``stage``, ``target`` and
        ``options`` mean nothing then).
    pattern
        Made by :func:`viz.testing.node` or the factories in :mod:`viz.testing.nodes`.
    stage
        ``input``: as written. ``scheduled``: what the target's pipeline is given. ``final``: what
        its codegens get. Or the stage after the last run of a pass, by its name
        (``tirx.FlattenBuffer``) or number.
    target, options
        Whose pipeline, and with what architecture, attributes and PassContext config.

    Raises
    ------
    AssertionError
        When it does not hold, with the tree, the nearest node, and what it lacks.
    VizError
        When the program cannot be read or lowered.
    TypeError
        When ``pattern`` is none: a factory that was not called, or a name.
    """
    if not isinstance(pattern, Pattern | Anywhere | Nowhere):
        raise TypeError(
            f"{pattern!r} is no pattern; write For() of viz.testing.nodes, or node('tirx.For')"
        )
    tree = program if isinstance(program, Tree) else ask.tree(program, stage, target, options)
    wanted = Anywhere(pattern) if isinstance(pattern, Pattern) else pattern
    report = Matcher(tree).match(wanted, 0)
    if report.cost:
        raise AssertionError(_message(tree, wanted, report))
    return tree.nodes[report.matched[0] if report.matched else 0]


def _message(tree: Tree, wanted: Anywhere | Nowhere, report: Report) -> str:
    where = f"stage {tree.stage}" + (f" for {tree.target}" if tree.target else "")
    if isinstance(wanted, Nowhere):
        head = f"a node matches, which none should ({where})"
    else:
        head = f"no node matches ({where})"
    lines = [head, f"  {show(wanted.pattern)}"]
    if isinstance(wanted, Anywhere) and report.cost == size(wanted):
        titles = sorted({node.title for node in tree.nodes})
        lines.append(f"nothing in it is near; the tree has {', '.join(titles)}")
        return "\n".join([*lines, text_tree(tree, View(limit=MOST_LINES))])
    nearest = report.matched[0] if report.matched else report.misses[0].node
    if report.matched:
        node = tree.nodes[nearest]
        lines.append(f"nearest: {node.path or 'the root'} ({describe(node)})")
    lines += [f"  {_sentence(miss)}" for miss in report.misses[:MOST_MISSES]]
    if len(report.misses) > MOST_MISSES:
        lines.append(f"  … and {len(report.misses) - MOST_MISSES} more")
    return "\n".join([*lines, _annotated(tree, nearest, report)])


def _sentence(miss: Miss) -> str:
    return f"{miss.where or 'the root'}: expected {miss.expected}, found {miss.found}"


def _annotated(tree: Tree, nearest: int, report: Report) -> str:
    """Return the tree as text, with a tick where a node matched and what a field should be."""
    notes = dict.fromkeys(report.matched, "  ✓")
    for miss in report.misses:
        before = notes[miss.node] + ";" if "✗" in notes.get(miss.node, "") else "  ✗"
        notes[miss.node] = f"{before} {_expected(tree, miss)}"
    root = nearest if len(fold(tree, View(limit=MOST_LINES + 1)).nodes) > MOST_LINES else 0
    view = _with(tree, View(root=root, limit=MOST_LINES), notes)
    lines = text_tree(tree, view).split("\n")
    shown, row = fold(tree, view), 0
    for id_ in shown.nodes:
        lines[row] += notes.get(id_, "")
        row += 1 + (id_ in shown.cut)  # below a node that is cut stands how much is left out
    return "\n".join(lines)


def _expected(tree: Tree, miss: Miss) -> str:
    path = tree.nodes[miss.node].path
    field = miss.where[len(path) :].removeprefix(".") if miss.where.startswith(path) else ""
    return f"{field}: expected {miss.expected}" if field else f"expected {miss.expected}"


def _with(tree: Tree, view: View, notes: dict[int, str]) -> View:
    """Return the view with the notes' nodes unfolded where folding hides them."""
    shown = set(fold(tree, view).nodes)
    parents = {child.id: node.id for node in tree.nodes for child in node.children}
    unfolded = set()
    for id_ in notes:
        while id_ in parents and id_ not in shown:
            id_ = parents[id_]
            unfolded.add(id_)
    return View(root=view.root, limit=view.limit, unfolded=tuple(sorted(unfolded)))
