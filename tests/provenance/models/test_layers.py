"""The layers of a model: by the names of its parts, else by what repeats."""

import pytest

from viz.model import (
    CallGraph,
    KernelCall,
    ModelOrigin,
    ModelPart,
    Overview,
    RelaxCall,
    RelaxKernel,
)
from viz.provenance.models.layers import layers_of, longest_run, part_paths, repeated_layers
from viz.text import Span


def calls_of(letters):
    return [ord(letter) for letter in letters]


@pytest.mark.parametrize(
    ("letters", "run"),
    [
        # Of 3 × 5 calls and 2 × 7 the former covers more.
        ("abcdeabcdeabcde" + "uvwxyzquvwxyzq", (0, 5, 3)),
        # What stands before the first layer is none, nor what begins another one.
        ("xyabcdabcdab", (2, 4, 2)),
        # Twelve equal calls are three layers of the fewest calls, not one of many.
        ("a" * 12, (0, 4, 3)),
        # Pairs repeat inside of layers.
        ("abababcd" * 2, (0, 8, 2)),
        ("abcabc", None),
        ("abcd", None),
        ("", None),
    ],
)
def test_the_run_that_covers_most_calls_is_taken(letters, run):
    assert longest_run(calls_of(letters)) == run


def test_an_encoder_before_a_decoder_has_layers_too():
    layers = repeated_layers(calls_of("i" + "abcd" * 2 + "p" + "vwxyz" * 3 + "o"))
    assert [layer.calls for layer in layers] == [
        (1, 2, 3, 4),
        (5, 6, 7, 8),
        *(tuple(range(start, start + 5)) for start in (10, 15, 20)),
    ]
    assert [layer.number for layer in layers] == [0, 1, 2, 3, 4]


def model(*paths, kernels=None):
    """Return a model whose calls are at places 10 characters apart, and of these parts."""
    places = [Span(10 * i, 10 * i + 8) for i in range(len(paths))]
    site = [
        (RelaxCall(node=i, operator="relax.add", span=place),) for i, place in enumerate(places)
    ]
    kernel = RelaxKernel(name="add", made_by=1, sites=tuple(site))
    origins = tuple(
        ModelOrigin(span=place, part=ModelPart(path=path, kind="Linear"))
        for place, path in zip(places, paths, strict=True)
        if path
    )
    graph = CallGraph(function="main", calls=tuple(KernelCall(0, i) for i in range(len(paths))))
    return Overview(kernels=(kernel,), graphs=(graph,), origins=origins), graph


def test_names_with_a_number_of_their_own_are_layers():
    paths = (
        "embed",
        "layers.0.fc1",
        "layers.0.fc2",
        "/b/layers.10/MatMul",
        "/b/layers.10/Add",
        "v1.2x",
    )
    overview, graph = model(*paths)
    assert part_paths(overview, graph) == list(paths)
    assert [(layer.name, layer.calls) for layer in layers_of(overview, graph)] == [
        ("layers.0", (1, 2)),
        ("/b/layers.10", (3, 4)),
    ]


def test_a_call_between_two_of_a_layer_is_of_that_layer():
    overview, graph = model("h[0].a", "", "h[0].b", "", "h[1].a", "h[1].b", "")
    assert [(layer.name, layer.calls) for layer in layers_of(overview, graph)] == [
        ("h[0]", (0, 1, 2)),
        ("h[1]", (4, 5)),
    ]


def test_of_fused_calls_the_last_known_part_counts():
    overview, graph = model("layers.0.a", "layers.0.b", "")
    fused = RelaxKernel(
        name="fused", made_by=1, sites=(tuple(site[0] for site in overview.kernels[0].sites),)
    )
    whole = Overview(kernels=(fused,), origins=overview.origins)
    assert part_paths(whole, CallGraph(function="main", calls=(KernelCall(0, 0),))) == [
        "layers.0.b"
    ]
    assert graph.calls[0].inputs == ()
