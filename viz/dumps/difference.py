"""Compare a stage of a dump with the one before: their lines, and the nodes of their trees."""

from __future__ import annotations

from viz.dumps.functions import part_of, reduced
from viz.errors import RequestError
from viz.messages import message_of
from viz.model import (
    RECORDED,
    Change,
    Diff,
    Dump,
    DumpStage,
    Request,
    Tree,
    TreePairs,
    TreePart,
)
from viz.provenance.compare.texts import paired_lines, text_places
from viz.provenance.compare.tree_pairs import pair_trees

MOST_NODES = 50_000
"""Nodes of a tree beyond which only its lines are compared."""


def dump_difference(dump: Dump, number: int, function: str = "") -> Diff:
    """Return what differs between a stage of a dump and the one before it.

    Both are parsed in jailed processes, each as a program of its own: they need not be trusted.

    Parameters
    ----------
    dump
        What :func:`viz.open_dump` returned.
    number
        The number of the stage, from 2.
    function
        Of the name of a function only its lines and nodes are compared.

    Returns
    -------
    Diff
        The nodes are those of ``viz.analyze(stage.text, [], function=function).tree``. Where one of
        the two cannot be read, there are lines alone.

    Raises
    ------
    RequestError
        When there is no such stage, or none before it.
    """
    from viz.service.client.submit import submit_all

    if not 2 <= number <= len(dump.stages):
        what = message_of("dump-no-such-stage", name=str(number), count=len(dump.stages))
        raise RequestError(what)
    before, after = dump.stages[number - 2], dump.stages[number - 1]
    trees: list[Tree | None] = [None, None]
    texts = (reduced(before.text, function), reduced(after.text, function))
    if before.kind == after.kind == "program":
        requests = [tree_request(text, function) for text in texts]
        results = list(submit_all(requests).results())
        trees = [result if isinstance(result, Tree) else None for result in results]
    shown = (shown_text(before, function), shown_text(after, function))
    return difference(number, texts, trees[0], trees[1], shown)


def tree_request(text: str, function: str = "") -> Request:
    """Return the request for the tree of a stage, or of a function, which is read by itself."""
    known = part_of(text, function) is not None
    return Request(
        text=reduced(text, function), function=function if known else "", part=TreePart()
    )


def shown_text(stage: DumpStage, function: str) -> str:
    """Return the text of a stage, or that of a function; empty where it has none of that name."""
    return text_of(stage.text, function) if stage.kind == "program" else stage.text


def text_of(text: str, function: str) -> str:
    """Return a text, or the lines of a function of it; empty where it has none of that name."""
    if not function:
        return text
    span = part_of(text, function)
    return "" if span is None else text[span.start : span.end] + "\n"


def difference(
    number: int,
    texts: tuple[str, str],
    before: Tree | None,
    after: Tree | None,
    shown: tuple[str, str],
) -> Diff:
    """Return what differs between two stages.

    Parameters
    ----------
    number
        The number of the second.
    texts
        The texts that the trees were made of.
    before, after
        Their trees; None where one is not known.
    shown
        The lines that are compared.
    """
    changes: tuple[Change, ...] = ()
    if before is not None and after is not None:
        changes = node_changes(texts, before, after)
    return Diff(
        before=number - 1,
        after=number,
        target=RECORDED,
        lines=paired_lines(*shown),
        changes=changes,
    )


def node_changes(texts: tuple[str, str], before: Tree, after: Tree) -> tuple[Change, ...]:
    """Return the nodes that differ between the trees of two texts, without any of large ones.

    No object lives in both: they are paired as two programs are.
    """
    if max(len(before.nodes), len(after.nodes)) > MOST_NODES:
        return ()
    lines = paired_lines(*texts)
    pairs = pair_trees(
        before,
        after,
        text_places(before, texts[0], lines, "before"),
        text_places(after, texts[1], lines, "after"),
    )
    return _changes(pairs, after)


def _changes(pairs: TreePairs, after: Tree) -> tuple[Change, ...]:
    differing = [
        Change(kind=pair.kind, before=pair.before, after=pair.after)
        for pair in pairs.pairs
        if pair.kind != "kept" and after.nodes[pair.after].kind != "type"
    ]
    added = [
        Change(kind="added", after=node) for node in pairs.added if after.nodes[node].kind != "type"
    ]
    both = sorted([*differing, *added], key=lambda change: change.after or 0)
    return (*both, *(Change(kind="removed", before=node) for node in pairs.removed))
