"""Frames of the tab Model: the calls of Relax functions, folded by layer, and their kernels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import CallGraph, Overview, Plain, RelaxKernel
from viz.provenance.models.layers import layers_of, part_paths
from viz.render.models.call_picture import call_picture, layer_name, operators
from viz.render.models.kernel_table import RULES, parameter
from viz.text import Text
from viz.ui.workbench.frames import line, places


class CallsView(Plain, frozen=True):
    """What is drawn of the graph of calls."""

    function: str = ""
    """The Relax function; the first one that calls kernels if empty."""
    unfolded: Annotated[tuple[int, ...], msgspec.Meta(max_length=4)] = ()
    """The numbers of the layers whose calls are drawn."""


@lru_cache(maxsize=16)
def model(text: str, language: Language, target: str, raw: bytes) -> bytes:
    """Return the calls and kernels of a program that was lowered for a target."""
    overview = msgspec.json.decode(raw, type=Overview)
    return line(
        {
            "kind": "model",
            "target": target,
            "relax": bool(overview.graphs)
            or any(each.kind == "relax" for each in overview.functions),
            "functions": [
                _function(overview, graph, text, Translator(language)) for graph in overview.graphs
            ],
            "kernels": list(map(_kernel, overview.kernels)),
            "memory": msgspec.to_builtins(overview.memory),
        }
    )


@lru_cache(maxsize=16)
def calls(language: Language, view: CallsView, target: str, raw: bytes) -> bytes:
    """Return the picture of the calls of a function.

    Raises
    ------
    RequestError, WorkerError
        See :func:`viz.render.models.call_picture.call_picture`.
    """
    overview = msgspec.json.decode(raw, type=Overview)
    named = [each for each in overview.graphs if each.function == view.function]
    svg = ""
    if graph := next(iter([*named, *overview.graphs]), None):
        layers, words = layers_of(overview, graph), Translator(language)
        svg = call_picture(overview, graph, layers, view.unfolded, words)
    shown = {"function": view.function, "unfolded": view.unfolded}
    return line({"kind": "calls", "target": target, "view": shown, "svg": svg})


def _function(overview: Overview, graph: CallGraph, text: str, _: Translator) -> dict[str, Any]:
    return {
        "name": graph.function,
        "calls": list(_calls(overview, graph, text)),
        "layers": [
            [layer.number, layer_name(layer, _), layer.calls]
            for layer in layers_of(overview, graph)
        ],
    }


def _calls(overview: Overview, graph: CallGraph, text: str) -> Iterator[list[Any]]:
    """Yield of each call its kernel, its nodes, operators, place, line and part of the model."""
    lines, place = Text(text), places(text)
    for call, path in zip(graph.calls, part_paths(overview, graph), strict=True):
        site = overview.kernels[call.kernel].sites[call.site]
        span = next((each.span for each in reversed(site) if each.span is not None), None)
        yield [
            call.kernel,
            [each.node for each in site],
            " · ".join(operators(overview, call)),
            place(span),
            lines.position(span.start).line if span else 0,
            path,
        ]


def _kernel(kernel: RelaxKernel) -> dict[str, Any]:
    return {
        "name": kernel.name,
        "calls": len(kernel.sites),
        "parameters": [[each.name, parameter(each), each.written] for each in kernel.parameters],
        "flops": kernel.flops,
        "all_flops": kernel.all_flops,
        "bytes_read": kernel.bytes_read,
        "bytes_written": kernel.bytes_written,
        "all_bytes": kernel.all_bytes,
        "rule": kernel.rule.removeprefix(RULES),
        "made_by": kernel.made_by,
        "script": kernel.script,
    }
