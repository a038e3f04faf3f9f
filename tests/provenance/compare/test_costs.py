"""Pair the costs of two sides: kernels by name, accesses by node, else by line or buffer."""

import msgspec
import pytest

from viz.locale.translator import Translator
from viz.messages import message_of
from viz.model import (
    AccessSite,
    ComparedRuns,
    Cost,
    DiffLine,
    Figures,
    KernelCost,
    KernelPair,
    NodePair,
    TreePairs,
)
from viz.provenance.compare.costs import paired_costs
from viz.render.outcomes.comparison_words import run_rows
from viz.text import Span

LOAD = AccessSite(
    span=Span(0, 4),
    kind="load",
    space="global",
    buffer="A",
    width=4,
    figures=Figures(requests=2, lanes=64, sectors=64, ideal_sectors=8),
    node=5,
    own_line=3,
)
STORE = msgspec.structs.replace(
    LOAD, kind="store", buffer="B", node=9, figures=Figures(requests=2, lanes=64, sectors=8)
)
COALESCED = Figures(requests=2, lanes=64, sectors=8, ideal_sectors=8)
TREE = TreePairs(pairs=(NodePair(5, 6, "kept"),))


def kernel(name, *sites, blocks=1, counted=1):
    shape = (1, 1, 1)
    return KernelCost(
        name=name,
        launches=1,
        grid=shape,
        block=shape,
        blocks=blocks,
        counted_blocks=counted,
        sites=sites,
    )


def compared(pair):
    emulated = ("cuda-emulated", "cuda-emulated")
    return ComparedRuns(target=("cuda", "cuda"), device=emulated, kernels=(pair,))


def test_a_load_is_found_by_its_node_and_a_store_by_its_line():
    """64 sectors of A become 8; the store has no counterpart by node, but its line has one."""
    moved = msgspec.structs.replace(LOAD, node=6, own_line=4, figures=COALESCED)
    store = msgspec.structs.replace(STORE, node=77, own_line=4)
    lines = (
        DiffLine(kind="added", after="#", after_line=3),
        DiffLine(kind="same", before="B", after="B", before_line=3, after_line=4),
    )
    before = Cost(kernels=(kernel("main_kernel", LOAD, STORE),))
    after = Cost(kernels=(kernel("main_kernel", store, moved, blocks=4, counted=2),))
    (pair,) = paired_costs(before, after, TREE, lines)
    assert (pair.before.sectors, pair.after.sectors) == (72, 16)
    assert not pair.is_complete
    assert [
        (site.buffer, site.kind, site.before.sectors, site.after.sectors) for site in pair.sites
    ] == [("A", "load", 64, 8), ("B", "store", 8, 8)]
    assert [(site.before_line, site.after_line) for site in pair.sites] == [(3, 4), (3, 4)]
    assert (pair.sites[0].before_node, pair.sites[0].after_node) == (5, 6)


def test_accesses_of_one_buffer_are_paired_where_nothing_else_is_the_same():
    """Neither node nor line has a counterpart; a load is not paired with a store."""
    other = msgspec.structs.replace(LOAD, node=70, own_line=50, figures=COALESCED)
    (pair,) = paired_costs(
        Cost(kernels=(kernel("k", LOAD),)),
        Cost(kernels=(kernel("k", msgspec.structs.replace(STORE, buffer="A"), other),)),
        None,
        (),
    )
    assert [(site.kind, site.before is None, site.after.sectors) for site in pair.sites] == [
        ("load", False, 8),
        ("store", True, 8),
    ]


def test_what_one_side_lacks_has_no_figures_there():
    before = Cost(kernels=(kernel("first", LOAD), kernel("gone", STORE)))
    after = Cost(kernels=(kernel("first"),))
    first, gone = paired_costs(before, after, None, ())
    assert (first.name, gone.name) == ("first", "gone")
    assert [(site.before is None, site.after is None) for site in first.sites] == [(False, True)]
    assert gone.after is None
    assert gone.before.sectors == 8


def test_kernels_of_other_names_stand_beside_each_other_in_their_order():
    before = Cost(kernels=(kernel("a", LOAD),))
    after = Cost(kernels=(kernel("b", LOAD), kernel("c", STORE)))
    pairs = paired_costs(before, after, None, ())
    assert [(pair.name, pair.before is None, pair.after is None) for pair in pairs] == [
        ("a", False, False),
        ("c", True, False),
    ]


def test_what_was_not_counted_is_told():
    some = KernelPair(name="k", before=Figures(requests=4), after=None, is_complete=False)
    told = [(row.is_same, row.words) for row in run_rows(compared(some), Translator("en"))]
    assert (None, "not all blocks were looked at: the figures are of those that were") in told


@pytest.mark.parametrize("sides", [(True, True), (False, True), (True, False)])
def test_kernels_that_were_not_counted_are_not_the_same(sides):
    """Neither a kernel without figures and one that costs nothing, nor two without figures."""
    why = message_of("cost-of-some-blocks", name="k", counted=1, blocks=2)
    costs = [
        Cost(kernels=(msgspec.structs.replace(kernel("k"), problem=why if lacks else None),))
        for lacks in sides
    ]
    (pair,) = paired_costs(*costs, None, ())
    assert [figures is None for figures in (pair.before, pair.after)] == [*sides]
    assert pair.is_same is None
    rows = list(run_rows(compared(pair), Translator("en")))
    assert {row.is_same for row in rows} == {None}
    assert [row.words[:2] for row in rows] == [
        f"{letter}:" for letter, lacks in zip("AB", sides, strict=True) if lacks
    ]


def test_figures_that_are_none_on_both_sides_have_no_row():
    (pair,) = paired_costs(
        Cost(kernels=(kernel("k", LOAD),)), Cost(kernels=(kernel("k", LOAD),)), None, ()
    )
    titles = [row.title for row in run_rows(compared(pair), Translator("en"))]
    assert "k, sectors of global memory" in titles
    assert "k, bank conflicts" not in titles
