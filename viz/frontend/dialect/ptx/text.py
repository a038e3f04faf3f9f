"""Put together the text of an instruction, and the member of ``T.ptx`` that stands for it."""

from __future__ import annotations

import ast
import keyword
import re

from viz.frontend.dialect.ptx.bound import BoundCall, FormMismatch
from viz.frontend.dialect.ptx.registers import is_shared

WORDS = {"fp16": "f16", "fp32": "f32", "bf16": "bf16", "int8": "s8", "uint8": "u8", "int32": "s32"}
"""The words of PTX for the dtypes of tensor-core instructions."""

_SLOT = re.compile(r"\{([^{}]*)\}")


def instruction_text(template: str, bound: BoundCall) -> str:
    """Return the text of an instruction: ``ld.global.u32`` for ``ld{.space}{.ptx_type}``.

    Raises
    ------
    FormMismatch
        When what the text depends on is no constant.
    """
    return _SLOT.sub(lambda match: _slot(match[1], bound), template)


def _slot(slot: str, bound: BoundCall) -> str:
    shown, _, condition = slot.partition(" if ")
    if condition:
        test = _CONDITIONS.get(condition)
        if not (test(bound) if test is not None else bound.is_true(condition)):
            return ""
        return shown.replace("$", str(bound.constant(condition))) if "$" in shown else shown
    dot, name = "." * slot.startswith("."), slot.removeprefix(".")
    if name == "bits":
        return _bits(bound)
    word = str(bound.constant(name)).removeprefix(dot)
    word = WORDS.get(word, word)
    return dot + word if word else ""


def is_cached(bound: BoundCall) -> bool:
    """Return whether a call gives a cache policy, or a hint that stands for one."""
    return bound.argument("cache_policy") is not None or bound.is_true("cache_hint")


def is_multicast(bound: BoundCall) -> bool:
    """Return whether a copy or a commit goes to several blocks of a cluster, as TVM decided it."""
    wanted = bound.argument("multicast")
    if wanted is not None:
        return bool(bound.value(wanted))
    mask = bound.given.get("cta_mask")
    if mask is None:
        return False
    bound.used.add("cta_mask")
    try:
        return int(bound.value(mask)).bit_count() > 1
    except FormMismatch:
        return True


def is_to_shared(bound: BoundCall) -> bool:
    """Return whether what is written to is in shared memory."""
    place = bound.given.get("dst")
    return place is not None and is_shared(place, bound.context)


_CONDITIONS = {"cached": is_cached, "several": is_multicast, "to_shared": is_to_shared}
"""Conditions that look at several arguments."""


def _bits(bound: BoundCall) -> str:
    """Return ``b32`` or ``b64``, by the buffer that ``res`` is an element of."""
    place = bound.argument("res")
    buffer = place.value if isinstance(place, ast.Subscript) else None
    name = buffer.id if isinstance(buffer, ast.Name) else ""
    dtype = bound.context.dtype_of_buffer(name)
    if dtype not in ("int32", "uint32", "int64", "uint64"):
        raise FormMismatch(dtype)
    return f"b{dtype[-2:]}"


def spelled(prefix: str, text: str) -> str:
    """Return how TVMScript names an instruction: ``T.ptx.ld.global_.u32`` or ``T.ptx["…"]``."""
    if text.startswith("T."):
        return prefix + text.removeprefix("T")
    words = [word.replace("::", "__") for word in text.split(".")]
    words = [f"{word}_" if keyword.iskeyword(word) else word for word in words]
    if all(map(str.isidentifier, words)):
        return f"{prefix}.ptx.{'.'.join(words)}"
    return f'{prefix}.ptx["{text}"]'
