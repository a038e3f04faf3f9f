"""Assert that a Tree has a node which matches a pattern."""

from __future__ import annotations

from viz.model import Node, Options, Tree
from viz.render.graph import View, fold, text_tree
from viz.testing import lowered_program
from viz.testing.pattern import Anywhere, Nowhere, Pattern, show, size
from viz.testing.pattern_match import Matcher, Miss, Report, describe

MOST_LINES = 150
"""Nodes in a message; of a larger tree it shows those below the nearest node."""
MOST_MISSES = 8
"""Unmet demands in a message."""


def assert_ast(
    program: lowered_program.Program | Tree,
    pattern: Pattern | Anywhere | Nowhere,
    *,
    stage: str | int = "input",
    target: str = "c",
    options: Options = Options(),
) -> Node:
    """Assert that a node of the program's tree matches a pattern, and return the first that does.

    The pattern may match anywhere in the tree. To demand a place, write the nodes above it: a tree
    has one ``IRModule``, its root. With ``nowhere(pattern)`` no node may match.

    >>> assert_ast(text, For(body=BufferStore(value=Add(b=1.0))))
    >>> assert_ast(text, nowhere(node("s_tir.SBlock")), stage="final", target="cuda")

    Parameters
    ----------
    program
        A text with TVMScript in it, a ``tvm.IRModule``, or a Tree, for which ``stage``, ``target``
        and ``options`` are not used.
    pattern
        Made by :func:`viz.testing.node` or the factories in :mod:`viz.testing.nodes`.
    stage
        ``input``: as written. ``scheduled``: what the target's pipeline is given. ``final``: what
        its codegens are given. Or the stage after the last run of a pass, by its name
        (``tirx.FlattenBuffer``) or number.
    target
        The target whose pipeline runs.
    options
        Architecture, target attributes and PassContext config.

    Returns
    -------
    Node
        The first matching node in pre-order; the root for ``nowhere``.

    Raises
    ------
    AssertionError
        When it does not hold: the message has the tree, the nearest node, and what that lacks.
    VizError
        When the program cannot be read or lowered.
    TypeError
        When ``pattern`` is no pattern, such as a factory that was not called.
    """
    if not isinstance(pattern, Pattern | Anywhere | Nowhere):
        raise TypeError(
            f"{pattern!r} is no pattern; write For() of viz.testing.nodes, or node('tirx.For')"
        )
    tree = (
        program
        if isinstance(program, Tree)
        else lowered_program.tree(program, stage, target, options)
    )
    wanted = Anywhere(pattern) if isinstance(pattern, Pattern) else pattern
    report = Matcher(tree).match(wanted, 0)
    if report.cost:
        raise AssertionError(_message(tree, wanted, report))
    return tree.nodes[report.matched[0] if report.matched else 0]


def _message(tree: Tree, wanted: Anywhere | Nowhere, report: Report) -> str:
    stage = f"stage {tree.stage}" + (f" for {tree.target}" if tree.target else "")
    if isinstance(wanted, Nowhere):
        head = f"a node matches, which none should ({stage})"
    else:
        head = f"no node matches ({stage})"
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
    return f"{miss.where or 'the root'}: expected {miss.expected}, found {miss.actual}"


def _annotated(tree: Tree, nearest: int, report: Report) -> str:
    """Return the tree as text, with a tick at nodes that matched and a cross at unmet demands."""
    notes = dict.fromkeys(report.matched, "  ✓")
    for miss in report.misses:
        before = notes[miss.node] + ";" if "✗" in notes.get(miss.node, "") else "  ✗"
        notes[miss.node] = f"{before} {_expected(tree, miss)}"
    root = nearest if len(fold(tree, View(limit=MOST_LINES + 1)).nodes) > MOST_LINES else 0
    view = _unfolding(tree, View(root=root, limit=MOST_LINES), notes)
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


def _unfolding(tree: Tree, view: View, notes: dict[int, str]) -> View:
    """Return the view in which the nodes with notes are not folded away."""
    shown = set(fold(tree, view).nodes)
    parents = {child.id: node.id for node in tree.nodes for child in node.children}
    unfolded = set()
    for id_ in notes:
        while id_ in parents and id_ not in shown:
            id_ = parents[id_]
            unfolded.add(id_)
    return View(root=view.root, limit=view.limit, unfolded=tuple(sorted(unfolded)))
