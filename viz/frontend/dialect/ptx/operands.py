"""Write the operands of an instruction from the arguments of an older call."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache

from viz.frontend.dialect.ptx.barriers import barriers_name
from viz.frontend.dialect.ptx.bound import FormMismatch
from viz.frontend.dialect.ptx.draft import InstructionDraft
from viz.frontend.dialect.ptx.registers import elements, is_shared, words
from viz.frontend.dialect.ptx.text import is_multicast

CACHE_POLICIES = {
    "evict_first": 0x12F0000000000000,
    "evict_last": 0x14F0000000000000,
    "evict_normal": 0x1000000000000000,
}
"""The policies that TVM put in for the names of cache hints."""

WARP_BITS = 32 * 32
"""The bits of one register in all threads of a warp."""

_BITS = {"fp16": 16, "bf16": 16, "fp32": 32, "float16": 16, "float32": 32}
_SHAPE = re.compile(r"m(\d+)n(\d+)k(\d+)")

MASKS = {1: 4, 2: 8}
"""How many masks of lanes an instruction of tcgen05 takes, by its group of blocks."""


def operands(template: str, draft: InstructionDraft) -> list[str]:
    """Return the operands of an instruction.

    Raises
    ------
    FormMismatch
        When they cannot be written from what the call gives.
    """
    bound = draft.bound
    written: list[str] = []
    keywords: list[str] = []
    for item in _items(template):
        if isinstance(item, ast.Call):
            assert isinstance(item.func, ast.Name)
            words = [w.value if isinstance(w, ast.Constant) else ast.unparse(w) for w in item.args]
            made = _FUNCTIONS[item.func.id](draft, *words)
            (keywords if item.func.id == "pred" else written).extend(made)
        elif isinstance(item, ast.Starred):
            written.extend(map(draft.source, bound.arguments(ast.unparse(item.value))))
        elif isinstance(item, ast.Constant):
            written.append(str(item.value))
        else:
            name = ast.unparse(item)
            written.append(draft.result if name == "result" else _given(draft, name))
    return written + keywords


@cache
def _items(template: str) -> tuple[ast.expr, ...]:
    tree = ast.parse(f"[{template}]", mode="eval").body
    assert isinstance(tree, ast.List)
    return tuple(tree.elts)


def _given(draft: InstructionDraft, name: str) -> str:
    argument = draft.bound.argument(name)
    return draft.source(argument) if argument is not None else str(draft.bound.constant(name))


# ---------------------------------------------------------------- functions of the table


def _u16(draft: InstructionDraft, name: str) -> list[str]:
    return draft.converted(name, "uint16")


def _u32(draft: InstructionDraft, name: str) -> list[str]:
    return draft.converted(name, "uint32")


def _u64(draft: InstructionDraft, name: str) -> list[str]:
    return draft.converted(name, "uint64")


def _low(draft: InstructionDraft, name: str) -> list[str]:
    """Write the low half of an address, which is what it is in shared memory."""
    return [f'{draft.prefix}.cast({_given(draft, name)}, "uint32")']


def _pair(draft: InstructionDraft, name: str) -> list[str]:
    """Write two floats as the 64 bits of a register."""
    argument, context = draft.bound.argument(name), draft.bound.context
    source = _given(draft, name)
    buffer = argument.value if isinstance(argument, ast.Subscript) else None
    is_bits = isinstance(buffer, ast.Name) and context.dtype_of_buffer(buffer.id) == "uint64"
    return [source if is_bits else f'{draft.prefix}.reinterpret("uint64", {source})']


def _pred(draft: InstructionDraft, name: str) -> list[str]:
    argument = draft.bound.argument(name)
    return [f"pred={_truth(draft, argument)[0]}"] if argument is not None else []


def _flag(draft: InstructionDraft, name: str) -> list[str]:
    """Write an operand that is a predicate."""
    argument = draft.bound.argument(name)
    if argument is None:
        return [str(bool(draft.bound.constant(name)))]
    source, is_constant = _truth(draft, argument)
    return [source if is_constant else f"{draft.prefix}.ptx.pred({source})"]


def _truth(draft: InstructionDraft, node: ast.expr) -> tuple[str, bool]:
    """Return a condition, and whether it is ``True`` or ``False``."""
    try:
        return str(bool(draft.bound.value(node))), True
    except FormMismatch:
        return draft.source(node), False


def _mapped(draft: InstructionDraft, address: str, rank: str) -> list[str]:
    """Map an address in shared memory to that of another block of the cluster."""
    prefix = draft.prefix
    place = f"{prefix}.cuda.cvta_generic_to_shared({_given(draft, address)})"
    register = draft.scalar("remote", "uint32")
    operand = draft.converted(rank, "uint32")[0]
    draft.before.append(f"{prefix}.ptx.mapa.shared__cluster.u32({register}, {place}, {operand})")
    return [register]


def _scratch(draft: InstructionDraft, dtype: str) -> list[str]:
    """Write a register whose value nobody reads."""
    return [draft.scalar("unused", dtype)]


def _policy(draft: InstructionDraft, hint: str, policy: str) -> list[str]:
    """Write the cache policy that is given or that a hint stands for."""
    bound = draft.bound
    word = bound.constant(hint)
    if bound.argument(policy) is not None:
        return [_given(draft, policy)]
    if not word:
        return []
    if word not in CACHE_POLICIES:
        raise FormMismatch(word)
    return [f"{draft.prefix}.uint64({CACHE_POLICIES[str(word)]:#x})"]


def _policy_if(draft: InstructionDraft, has_policy: str, policy: str) -> list[str]:
    """Write a cache policy that a printed call gives anyway, if it counts."""
    written = _given(draft, policy)
    return [written] if draft.bound.constant(has_policy) else []


def _filled(draft: InstructionDraft, predicate: str, size: str) -> list[str]:
    """Write how many bytes a copy reads: all or none, so that zeros fill the rest."""
    prefix = draft.prefix
    chosen = f"{prefix}.if_then_else({_given(draft, predicate)} != 0, {_given(draft, size)}, 0)"
    return [f'{prefix}.cast({chosen}, "uint32")']


def _barrier(draft: InstructionDraft, name: str, is_shared_address: str = "") -> list[str]:
    """Write a barrier; today it may be a pointer or an address in shared memory."""
    draft.bound.used.add(is_shared_address)
    argument = draft.bound.argument(name)
    if isinstance(argument, ast.Constant):
        return [f"{draft.prefix}.uint32({_given(draft, name)})"]
    return [_given(draft, name)]


def _loaded(draft: InstructionDraft, address: str, vector: str, kind: str) -> list[str]:
    """Write registers that are loaded before the statement."""
    prefix, dtype = draft.prefix, f"uint{kind[1:]}"
    space = "shared" if is_shared(_node(draft, address), draft.bound.context) else ""
    chain = ".".join(word for word in (space, vector, kind) if word)
    if vector:
        register = draft.bound.context.reserve("copied")
        count = int(vector[1:])
        draft.before.append(f'{register} = {prefix}.alloc_local(({count},), "{dtype}")')
        lanes = [f"{register}[{lane}]" for lane in range(count)]
    else:
        lanes = [draft.scalar("copied", dtype)]
    draft.before.append(f"{prefix}.ptx.ld.{chain}({', '.join(lanes)}, {_given(draft, address)})")
    return lanes


def _mask(draft: InstructionDraft, name: str) -> list[str]:
    """Write the blocks that a copy or a commit goes to, if they are several."""
    mask = draft.converted(name, "uint16")
    return mask if is_multicast(draft.bound) else []


def _masks(draft: InstructionDraft, name: str) -> list[str]:
    """Write the lanes that a multiplication leaves alone: none, if the call gives none."""
    given = [draft.source(argument) for argument in draft.bound.arguments(name)]
    group = draft.bound.constant("cta_group")
    return given or ["0"] * MASKS[int(group)]


def _tmem(draft: InstructionDraft, address: str, row: str, column: str) -> list[str]:
    """Write an address in tensor memory, with its row and column where they are given."""
    places = [_given(draft, name) for name in (address, row, column)]
    if draft.bound.argument(row) is None and draft.bound.argument(column) is None:
        return places[:1]
    return [f"{draft.prefix}.cuda.get_tmem_addr({', '.join(places)})"]


def _element(draft: InstructionDraft, name: str) -> list[str]:
    """Write the element that a pointer points to."""
    return elements(_node(draft, name), 1, draft.bound.context)


def _lanes(draft: InstructionDraft, name: str, vector: str, dtype: str) -> list[str]:
    """Write as many elements as a vector has, from a pointer or a pointer for each."""
    bound = draft.bound
    bound.used.add(dtype)
    word = str(bound.constant(vector)) if vector else ""
    count = int(word.removeprefix("v") or 1)
    node = _node(draft, name)
    if not isinstance(node, ast.Tuple | ast.List):
        return elements(node, count, bound.context)
    if len(node.elts) != count:
        raise FormMismatch(word)
    return [lane for pointer in node.elts for lane in elements(pointer, 1, bound.context)]


def _words(draft: InstructionDraft, name: str) -> list[str]:
    """Write the 32 bits that each of several pointers points to."""
    pointers = draft.bound.arguments(name)
    return [word for pointer in pointers for word in words(pointer, 0, 1, 0, draft)]


def _wide(draft: InstructionDraft, name: str) -> list[str]:
    """Write the 128 bits that a pointer points to, at the start of a buffer."""
    node = _node(draft, name)
    buffer, _, index = elements(node, 1, draft.bound.context)[0].partition("[")
    if index != "0]":
        raise FormMismatch(name)
    return [f'{buffer}.view("uint128")[0]']


def _fragment(draft: InstructionDraft, which: str, name: str, index: str) -> list[str]:
    """Write the registers of a thread for a matrix of a sparse product."""
    bound = draft.bound
    bits = _BITS.get(str(bound.constant(f"{which.upper()}_dtype")))
    shape = _SHAPE.fullmatch(str(bound.constant("shape")))
    first = bound.constant(index)
    if bits is None or shape is None or not isinstance(first, int):
        raise FormMismatch(name)
    m, n, k = map(int, shape.groups())
    size = {"a": m * k // 2, "b": n * k, "c": m * n}[which]
    return words(_node(draft, name), first, size * bits // WARP_BITS, bits, draft)


def _canceled(draft: InstructionDraft, handle: str, is_acquired: str) -> list[str]:
    """Read, before the fence, which launch was cancelled; all ones if none was."""
    prefix, result = draft.prefix, draft.result
    order = ".acquire.cta" if draft.bound.constant(is_acquired) else ""
    response, canceled = (
        draft.scalar("response", "uint128"),
        draft.scalar("canceled", "uint32"),
    )
    query = f"{prefix}.ptx.clusterlaunchcontrol.query_cancel"
    draft.before += [
        f"{prefix}.ptx.ld{order}.shared.b128({response}, {_given(draft, handle)})",
        f"{query}.is_canceled.pred.b128({canceled}, {response})",
        f"{result} = {prefix}.uint32(0xFFFFFFFF)",
        f"{query}.get_first_ctaid__x.b32.b128({result}, {response}, pred={canceled})",
    ]
    return []


def _numbered(draft: InstructionDraft, number: str) -> list[str]:
    """Write a barrier that an older call names by its number."""
    barriers = barriers_name(draft.bound.context)
    if not barriers:
        raise FormMismatch(number)
    return [f"{draft.prefix}.address_of({barriers}[{_given(draft, number)}])"]


def _access(draft: InstructionDraft, pointer: str, offset: str) -> list[str]:
    """Write a pointer that is a number of elements behind another."""
    prefix = draft.prefix
    kind = f'{prefix}.type_annotation("{draft.bound.constant("dtype")}")'
    return [
        f"{prefix}.tvm_access_ptr({kind}, {_given(draft, pointer)}, {_given(draft, offset)}, 1, 1)"
    ]


def _at(draft: InstructionDraft, name: str, index: str) -> list[str]:
    """Write the element at an index behind a pointer."""
    if draft.bound.constant(index) != 0:
        raise FormMismatch(index)
    return _element(draft, name)


def _any(draft: InstructionDraft, name: str) -> list[str]:
    """Write nothing: whatever the argument is, today there is none."""
    draft.bound.used.add(name)
    return []


def _node(draft: InstructionDraft, name: str) -> ast.expr:
    argument = draft.bound.argument(name)
    if argument is None:
        raise FormMismatch(name)
    return argument


_FUNCTIONS: dict[str, Callable[..., list[str]]] = {
    "u16": _u16,
    "u32": _u32,
    "u64": _u64,
    "low": _low,
    "pair": _pair,
    "pred": _pred,
    "flag": _flag,
    "mapped": _mapped,
    "scratch": _scratch,
    "policy": _policy,
    "policy_if": _policy_if,
    "filled": _filled,
    "barrier": _barrier,
    "loaded": _loaded,
    "mask": _mask,
    "masks": _masks,
    "tmem": _tmem,
    "element": _element,
    "lanes": _lanes,
    "words": _words,
    "wide": _wide,
    "fragment": _fragment,
    "canceled": _canceled,
    "numbered": _numbered,
    "access": _access,
    "at": _at,
    "any": _any,
}
"""The functions of the table's operands."""
