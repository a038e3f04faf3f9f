"""The rows of a kernel's accesses: the worst first, arrays of each thread last."""

import msgspec

from viz.locale.translator import Translator
from viz.model import AccessSite, Figures, KernelCost
from viz.render.outcomes.cost_words import MOST_OWN, cost_rows, lines_below
from viz.text import Span

LOAD = AccessSite(
    span=Span(0, 4),
    kind="load",
    space="global",
    buffer="A",
    width=4,
    figures=Figures(requests=2, lanes=64, sectors=64, ideal_sectors=8),
    own_line=3,
)
OWN = msgspec.structs.replace(
    LOAD, space="local", buffer="R", figures=Figures(requests=5, lanes=160, bytes_used=640)
)


def kernel(*sites):
    shape = (1, 1, 1)
    return KernelCost("k", 1, shape, shape, blocks=1, counted_blocks=1, sites=sites)


def test_an_array_of_each_thread_has_rows_after_the_others():
    last = kernel(OWN, LOAD)
    rows = cost_rows(last, {}, Translator("en"))
    assert [row.site.space for row in rows] == ["global", "local"]
    assert [row.is_worst for row in rows] == [True, False]
    cells = rows[1].cells
    assert cells[:6] == ("3", "load of R", "local", "4", "5", "32")
    assert cells[6:9] == ("○ registers or memory", "–", "640")
    assert not any("places" in line for line in lines_below(last, Translator("en")))


def test_many_accesses_to_arrays_of_each_thread_are_summed_by_array_and_that_is_said():
    store = msgspec.structs.replace(OWN, kind="store")
    many = kernel(*[OWN] * MOST_OWN, store, LOAD)
    first, loads, stores = cost_rows(many, {}, Translator("en"))
    assert first.site is LOAD
    # 12 places with 5 requests each, and one that stands by itself.
    assert loads.cells[:2] == ("–", "load of R, 12 places")
    assert loads.cells[4:6] == ("60", "32")
    assert stores.cells[:2] == ("3", "store to R")
    (said,) = (line for line in lines_below(many, Translator("en")) if "places" in line)
    assert "13 places" in said
