"""The picture of calls: folded layers are one box, edges go where results go."""

import re

import pytest

from viz.errors import RequestError
from viz.locale.translator import Translator
from viz.model import CallGraph, KernelCall, Overview, RelaxCall, RelaxKernel
from viz.provenance.models.layers import repeated_layers
from viz.render.models.call_picture import MOST, boxes, call_picture

_ = Translator("en")


def chain(kernels):
    """Return a program whose calls each use the result of the one before."""
    names = sorted(set(kernels))
    sites = {name: [] for name in names}
    calls = []
    for i, name in enumerate(kernels):
        given = (i - 1,) if i else ()
        calls.append(KernelCall(names.index(name), len(sites[name]), given))
        sites[name].append((RelaxCall(node=i, operator=f"relax.nn.<{name}>"),))
    found = tuple(RelaxKernel(name=name, made_by=1, sites=tuple(sites[name])) for name in names)
    graph = CallGraph(function="main", calls=tuple(calls))
    return (
        Overview(kernels=found, graphs=(graph,)),
        graph,
        repeated_layers([c.kernel for c in calls]),
    )


def drawn(svg):
    """Return the numbers of the calls of each box, and the boxes that edges join."""
    found = [tuple(map(int, each.split())) for each in re.findall(r'data-calls="([\d ]+)"', svg)]
    edges = re.findall(r'data-tail="(\d+)" data-head="(\d+)"', svg)
    return found, sorted((int(tail), int(head)) for tail, head in edges)


def test_layers_are_folded_and_one_can_be_unfolded():
    overview, graph, layers = chain("i" + "abcd" * 3 + "o")
    found, edges = drawn(call_picture(overview, graph, layers, (), _))
    assert found == [(0,), (1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13,)]
    assert edges == [(0, 1), (1, 2), (2, 3), (3, 4)]
    svg = call_picture(overview, graph, layers, (1,), _)
    found, edges = drawn(svg)
    assert found[1:7] == [(1, 2, 3, 4), (5,), (6,), (7,), (8,), (9, 10, 11, 12)]
    assert edges == [(i, i + 1) for i in range(7)]
    assert "&lt;a&gt;" in svg
    assert "<a>" not in svg
    assert 'aria-label="Calls of main: 8 boxes"' in svg


def test_more_boxes_than_can_be_drawn_are_refused():
    overview, graph, _layers = chain([f"k{i}" for i in range(MOST + 1)])
    assert len(boxes(overview, graph, (), (), _)) == MOST + 1
    with pytest.raises(RequestError, match="too many for a picture"):
        call_picture(overview, graph, (), (), _)
