"""Places in the texts of the examples with Relax functions, and the calls that they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.support.programs.relax.recorded import answers, emission
from viz.frontend.examples import relax_examples
from viz.frontend.models.origins import read_origins
from viz.frontend.program import read
from viz.model import ModelOrigin, Origin
from viz.text import Text

KERNEL_CALL = r"call  (?!vm)\w"

PLACES: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    # On a CPU each call has a kernel of its own.
    ("relax_linear", "c"): {
        "c": (
            r"\bT_transpose\[",
            r"\blinear_weight\[",
            r"\bmatmul\[",  # one reads it, one writes it
            r"\bmatmul_weight\[",
            r"\bT_add\[",
            r"\blinear_bias\[",
        ),
        "relax-vm": (KERNEL_CALL, r"ret  "),
    },
    ("relax_mlp", "c"): {
        "c": (r"\bx\[", r"\bb1\[", r"\bcompute\[", r"\bhidden\[", r"\bmatmul\[", r"\bT_add\["),
        "relax-vm": (KERNEL_CALL, r"call  vm\.builtin\.check_tensor_info", r"ret  "),
    },
    ("relax_attention", "c"): {
        "c": (r"\bq\[", r"\bT_multiply\[", r"\bmask\[", r"\bT_softmax_maxelem_ptr\[", r"\bcache\["),
        "relax-vm": (KERNEL_CALL,),
    },
    ("relax_conv_onnx", "c"): {
        "c": (
            r"\bpad_temp_ptr\[",
            r"\bconv_weight\[",
            r"\bconv_bias\[",
            r"\bT_reshape\[",
            r"\blv1\[",
            r"\bcompute\[",
            r"\bpool_max\[",
            r"\bfc_weight\[",
            r"\bT_add\[",
        ),
    },
    # For a GPU they are fused and scheduled.
    ("relax_linear", "cuda"): {
        "cuda": (
            r"\blinear_weight_ptr\[",
            r"\bx_reindex_pad_shared_ptr\[",
            r"\bmatmul_weight_ptr\[",
            r"make_float2\(",
            r"\bmatmul_intermediate_reindex_pad_local_ptr\[",
            r"\*\(float2\*\)\(linear_bias_ptr",
        ),
        "relax-vm": (KERNEL_CALL,),
    },
    ("relax_mlp", "cuda"): {
        "cuda": (
            r"\bw1_ptr\[",
            r"\bw2_ptr\[",
            r"expf\(",
            r"\bhidden_reindex_pad_shared_ptr\[",
            r"\bmatmul_intermediate_reindex_pad_local_ptr\[",
        ),
        "relax-vm": (KERNEL_CALL,),
    },
    ("relax_attention", "cuda"): {
        "cuda": (
            r"\bT_transpose_intermediate_ptr\[",
            r"\bT_softmax_maxelem_shared_ptr\[",
            r"expf\(",
            r"max\(",
            r"\bnew_ptr\[",
            # The two products have one shape: LegalizeOps makes one kernel, fusion takes one away.
            r"\bmatmul_reindex_pad_local_ptr\[",
            r"\bmatmul_intermediate_reindex_pad_local_ptr\[",
        ),
    },
    # Convolution, bias and ReLU are one kernel; the reshapes are views.
    ("relax_conv_onnx", "cuda"): {
        "cuda": (
            r"\bx_ptr\[",
            r"\bconv2d_nchw_intermediate_reindex_pad_local_ptr\[",
            r"\bcompute_intermediate_ptr\[",
            r"\blv3_ptr\[",
            r"\bT_transpose_ptr\[",
            r"\bmatmul_intermediate_reindex_pad_local_ptr\[",
        ),
        "relax-vm": (KERNEL_CALL,),
    },
    ("relax_linear", "webgpu"): {
        "wgsl": (
            r"\blinear_bias_ptr\[",
            r"\blinear_weight_ptr\[",
            r"\bmatmul_weight_ptr\[",
            r"\bT_add_intermediate_ptr\[",
        ),
    },
    ("relax_mlp", "webgpu"): {
        "wgsl": (r"\bb1_ptr\[", r"\bb2_ptr\[", r"exp\(", r"\bT_add_intermediate_ptr\["),
    },
    ("relax_attention", "webgpu"): {
        "wgsl": (r"\bmask_ptr\[", r"\bcache_ptr\[", r"exp\(", r"\bT_softmax_norm_ptr\["),
    },
    ("relax_conv_onnx", "webgpu"): {
        "wgsl": (
            r"\blv1_ptr\[",
            r"\bcompute_intermediate_ptr\[",
            r"\bpool_max_ptr\[",
            r"\bfc_weight_ptr\[",
            r"\bfc_bias_ptr\[",
        ),
        "relax-vm": (KERNEL_CALL,),
    },
}
"""Patterns by example and target, then by language: each is a place where its match begins."""


def described(name: str, target: str) -> str:
    """Return what the places of an example's texts for a target lead to, for a golden file.

    For each pattern it has the first place for every call that a match leads to, so a match that
    leads elsewhere adds a row.
    """
    rows = [f"{name}, {target}"]
    for language, patterns in PLACES[name, target].items():
        for pattern in patterns:
            rows += _of_pattern(name, target, language, pattern)
    return "\n".join(rows) + "\n"


def _of_pattern(name: str, target: str, language: str, pattern: str) -> Iterator[str]:
    written, origins = emission(name, target, language), answers(name, target)[1]
    lines = written.text.split("\n")
    shown: set[object] = set()
    for match in re.finditer(pattern, written.text):
        marks = [mark for mark in written.marks if mark.start <= match.start() < mark.end]
        origin = origins.nodes[marks[-1].node] if marks else None
        if (origin.span if origin else None) in shown:
            continue
        shown.add(origin.span if origin else None)
        line = written.text.count("\n", 0, match.start())
        column = match.start() - written.text.rfind("\n", 0, match.start()) - 1
        margin = len(lines[line]) - len(lines[line].lstrip())
        yield f"\n{language} {line + 1}:{column + 1}-{column + len(match[0])}"
        yield f"    {lines[line].strip()}"
        yield f"    {' ' * (column - margin)}{'^' * len(match[0])}"
        yield f"  {_origin(name, origin)}"
        if origin is not None:
            maker = origins.maker(origin.node) or "given"
            yield f"  {origin.certainty}, {maker}"
    assert shown, f"{pattern} is nowhere in the {language} text of {name} for {target}"


def _origin(name: str, origin: Origin | None) -> str:
    """Return the place in the program that something comes from, and its part of the model."""
    if origin is None or origin.span is None:
        return "nothing"
    text = relax_examples()[name].text
    span, words = origin.span, " ".join(text[origin.span.start : origin.span.end].split())
    words = words if len(words) <= 80 else words[:77] + "..."
    line = Text(text).position(span.start).line
    parts = [each.part.path for each in _statements(text) if span.start in each.span]
    return f"line {line}: {words}" + "".join(f"  (of {path})" for path in parts)


def _statements(text: str) -> tuple[ModelOrigin, ...]:
    return read_origins(text, read(text).tree())
