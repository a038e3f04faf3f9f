"""Open a language model of 24 layers: python benchmarks/models/language_model.py.

The model is made with TVM's nn frontend: matmuls of fp16 and of 4-bit weights, norms, rotary
positions, attention with a causal mask over a cache that is written. Printed are the seconds of
processor time that TVM's own parse and pipeline take and those that TIRscope takes over them, for
the functions of the text and for the rows of the rail, kernels and calls included; the time of one
function chosen, beside that of the same function as a program of its own, in turns; the size of the
reply; and the memory. With ``--check`` the script fails where these are more than 1.5 s, 2 s, half
as much again, and 1 GiB.
"""

from __future__ import annotations

import argparse
import ast
import os
import resource
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TVM_COMPILE_FORCE_FALLBACK", "1")

import tvm  # noqa: E402
from tvm import relax, te, tirx  # noqa: E402
from tvm.relax.frontend import nn  # noqa: E402
from tvm.relax.frontend.nn import op  # noqa: E402

from viz.ir import process_state  # noqa: E402
from viz.model import (  # noqa: E402
    OriginsPart,
    Overview,
    OverviewPart,
    Part,
    Request,
    SourcePart,
    TreePart,
    catalog,
    encode,
)
from viz.passes import gpu_schedule  # noqa: E402
from viz.passes.targets import target_of  # noqa: E402
from viz.service.engine.dispatch import Answers  # noqa: E402

T = TypeVar("T")

HIDDEN, INNER, HEADS, WIDTH, VOCABULARY = 1024, 2816, 16, 64, 32000
PAST, TOKENS = 1024, 16
HALF = "float16"
PER_WORD, GROUP = 8, 32
"""4-bit weights in a word of 32 bits, and weights that share a scale."""

MOST_OVERVIEW, MOST_RAIL, MOST_BYTES = 1.5, 2.0, 1 << 30
MOST_RATIO = 1.5
"""The most time that a function of the model may take, in multiples of the same function alone."""

CHOSEN = "mask"
"""The function that is chosen."""

ROUNDS = 5
"""Analyses of the function; the shortest time counts."""


class Quantised(nn.Module):  # type: ignore[misc]
    """A layer whose weights are 4 bits each, with a scale in fp16 for every group of them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self.words = nn.Parameter((outputs, inputs // PER_WORD), "uint32")
        self.scales = nn.Parameter((outputs, inputs // GROUP), HALF)

    def forward(self, x: Any) -> Any:
        """Return the product with the weights."""

        def dequantised(words: Any, scales: Any) -> Any:
            shape = (words.shape[0], words.shape[1] * PER_WORD)

            def weight(i: Any, j: Any) -> Any:
                shift = tirx.Cast("uint32", (j % PER_WORD) * 4)
                number = (words[i, j // PER_WORD] >> shift) & tirx.const(15, "uint32")
                return (tirx.Cast(HALF, number) - tirx.const(7, HALF)) * scales[i, j // GROUP]

            return te.compute(shape, weight, name="dequantise")

        weight = op.tensor_expr_op(dequantised, "dequantise", [self.words, self.scales])
        return op.matmul(x, op.permute_dims(weight, [1, 0]))


def rotated(x: Any) -> Any:
    """Return query or key vectors turned by their position."""

    def turn(x: Any) -> Any:
        half = WIDTH // 2

        def element(b: Any, h: Any, t: Any, d: Any) -> Any:
            share = tirx.Cast("float32", d % half) / tirx.const(float(half), "float32")
            power = tirx.power(tirx.const(10000.0, "float32"), share)
            angle = tirx.Cast("float32", t) / power
            other = tirx.if_then_else(d < half, -x[b, h, t, d + half], x[b, h, t, d - half])
            return tirx.Cast(HALF, tirx.cos(angle)) * x[b, h, t, d] + (
                tirx.Cast(HALF, tirx.sin(angle)) * other
            )

        return te.compute(x.shape, element, name="rotated")

    return op.tensor_expr_op(turn, "rotate", [x])


def masked(scores: Any) -> Any:
    """Return scores in which no token sees a later one."""

    def mask(scores: Any) -> Any:
        def element(b: Any, h: Any, t: Any, s: Any) -> Any:
            least = tirx.const(-65504.0, HALF)
            return tirx.if_then_else(s <= t + PAST, scores[b, h, t, s], least)

        return te.compute(scores.shape, element, name="masked")

    return op.tensor_expr_op(mask, "mask", [scores])


class Attention(nn.Module):  # type: ignore[misc]
    """Attention over the cache and the new tokens."""

    def __init__(self) -> None:
        self.queries = Quantised(HIDDEN, 3 * HIDDEN)
        self.out = nn.Linear(HIDDEN, HIDDEN, bias=False, dtype=HALF)

    def forward(self, x: Any, keys: Any, values: Any) -> tuple[Any, Any, Any]:
        """Return the result, and the keys and values with the new ones behind them."""
        batch, tokens, _ = x.shape
        q, k, v = (
            op.permute_dims(op.reshape(part, (batch, tokens, HEADS, WIDTH)), [0, 2, 1, 3])
            for part in op.split(self.queries(x), 3, axis=-1)
        )
        keys = op.concat([keys, rotated(k)], dim=2)
        values = op.concat([values, v], dim=2)
        scores = op.matmul(rotated(q), op.permute_dims(keys, [0, 1, 3, 2])) / 8.0
        weights = op.softmax(masked(scores), axis=-1)
        mixed = op.permute_dims(op.matmul(weights, values), [0, 2, 1, 3])
        return self.out(op.reshape(mixed, (batch, tokens, HIDDEN))), keys, values


class DecoderLayer(nn.Module):  # type: ignore[misc]
    """Attention and two projections with a gate, each behind a norm."""

    def __init__(self) -> None:
        self.before, self.behind = (
            nn.RMSNorm(HIDDEN, axes=[-1], bias=False, dtype=HALF),
            nn.RMSNorm(HIDDEN, axes=[-1], bias=False, dtype=HALF),
        )
        self.attention = Attention()
        self.up, self.down = (
            Quantised(HIDDEN, 2 * INNER),
            nn.Linear(INNER, HIDDEN, bias=False, dtype=HALF),
        )

    def forward(self, x: Any, keys: Any, values: Any) -> tuple[Any, Any, Any]:
        """Return the layer's result and its cache."""
        attended, keys, values = self.attention(self.before(x), keys, values)
        x = x + attended
        gate, other = op.split(self.up(self.behind(x)), 2, axis=-1)
        return x + self.down(op.silu(gate) * other), keys, values


class LanguageModel(nn.Module):  # type: ignore[misc]
    """Layers between an embedding and the scores of the next token."""

    def __init__(self, layers: int) -> None:
        self.embedding = nn.Embedding(VOCABULARY, HIDDEN, dtype=HALF)
        self.layers = nn.ModuleList([DecoderLayer() for _ in range(layers)])
        self.norm = nn.RMSNorm(HIDDEN, axes=[-1], bias=False, dtype=HALF)
        self.scores = nn.Linear(HIDDEN, VOCABULARY, bias=False, dtype=HALF)

    def forward(self, ids: Any, keys: Any, values: Any) -> tuple[Any, ...]:
        """Return the scores and the caches."""
        x, caches = self.embedding(ids), []
        for layer in self.layers:
            x, own_keys, own_values = layer(x, keys, values)
            caches += [own_keys, own_values]
        return (self.scores(self.norm(x)), *caches)


def text_of(layers: int) -> str:
    """Return the model as TVM prints it."""
    model = LanguageModel(layers)
    cache = nn.spec.Tensor([1, HEADS, PAST, WIDTH], HALF)
    spec = {
        "ids": nn.spec.Tensor([1, TOKENS], "int32"),
        "keys": cache,
        "values": cache,
    }
    mod, _ = model.export_tvm(spec={"forward": spec})
    return str(mod.script())


def alone(text: str, name: str) -> str:
    """Return a PrimFunc of a module as a program of its own."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            lines = text.splitlines()[node.decorator_list[0].lineno - 1 : node.end_lineno]
            return textwrap.dedent("\n".join(lines)).replace("private=True, ", "")
    raise LookupError(name)


def analysis(text: str, function: str, target: str) -> float:
    """Return the seconds that all takes which the page shows of a function: as of a new text."""
    answers = Answers()
    parts: tuple[Part, ...] = (
        TreePart(),
        OverviewPart(passes=True, functions=False),
        TreePart(stage="final"),
        SourcePart(),
        OriginsPart(),
    )

    def ask() -> None:
        for part in parts:
            answers.answer(Request(text=text, function=function, target=target, part=part))

    return timed(ask)[0]


def timed(run: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds of processor time that a call takes, and its result."""
    began = time.process_time()
    result = run()
    return time.process_time() - began, result


def main() -> int:
    """Measure, and compare with what is allowed where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--target", default="llvm")
    options = parser.parse_args()
    text = text_of(options.layers)
    print(f"{len(text)} characters, {text.count(chr(10))} lines")
    # As in a worker: a process of the engine's own, all imported.
    process_state.own_process()
    if catalog.targets()[options.target].gpu:
        gpu_schedule.preload()
    # Imports of the first use are nobody's time.
    Answers().answer(
        Request(text=text_of(1), target=options.target, part=OverviewPart(passes=True))
    )
    own_parse, mod = timed(lambda: tvm.script.from_source(text))
    answers = Answers()
    overview, found = timed(lambda: answers.answer(Request(text=text, part=OverviewPart())))
    assert isinstance(found, Overview)
    _, tree = timed(lambda: answers.answer(Request(text=text, part=TreePart())))
    print(f"TVM's parse {own_parse:.2f} s, overview {overview:.2f} s; {len(tree.nodes)} nodes")

    target = target_of(options.target)
    own_lower, _ = timed(lambda: relax.build(mod, target=target))
    rail = OverviewPart(passes=True)
    rows, found = timed(
        lambda: answers.answer(Request(text=text, target=options.target, part=rail))
    )
    assert isinstance(found, Overview)
    calls = sum(len(each.sites) for each in found.kernels)
    print(
        f"TVM's build {own_lower:.2f} s, rail {rows:.2f} s; {len(found.passes)} passes, "
        f"{len(found.kernels)} kernels, {calls} calls"
    )
    print(f"{len(encode(found)) >> 10} KiB of reply")
    own_text = alone(text, CHOSEN)
    pairs = [
        (analysis(text, CHOSEN, options.target), analysis(own_text, CHOSEN, options.target))
        for _ in range(ROUNDS + 1)
    ][1:]
    chosen, own = (min(times) for times in zip(*pairs, strict=True))
    print(f"{CHOSEN}: {chosen:.3f} s of the model, {own:.3f} s alone, {chosen / own:.2f} times")
    failed = [each.what for each in found.problems if each.severity == "error"]
    failed += [each.problem.what for each in found.passes if each.problem is not None]
    for each in failed:
        print(str(each))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{memory >> 20} MiB")
    over = overview - own_parse > MOST_OVERVIEW or rows - own_lower > MOST_RAIL
    over = over or chosen / own > MOST_RATIO
    return int(options.check and (over or bool(failed) or memory > MOST_BYTES))


if __name__ == "__main__":
    sys.exit(main())
