"""Find older spellings of arguments: constants, keywords, dtypes, targets."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal
from viz.frontend.models.printing import NOT_FINITE
from viz.frontend.syntax import dotted
from viz.model.catalog import spellings
from viz.text import Patch, Span

ATTRIBUTE_CALLS = {"func_attr"}
BLOCK_ATTRIBUTE_CALLS = {"block_attr", "sblock_attr"}
LOOPS = {"serial", "parallel", "vectorized", "unroll", "thread_binding", "grid"}
ALLOCATIONS = {"allocate", "alloc_buffer", "sblock_alloc_buffer", "decl_buffer"}
_OLD_DTYPE = re.compile(r"(?P<name>e4m3_float8|e5m2_float8)(?P<lanes>(x\d+)?)")

RELAX_KEYWORDS = {"out_sinfo": "out_ty", "sinfo_args": "ty_args"}
"""Keywords of Relax's calls that have another name today."""

CALLS_WITH_OUTPUT = ("call_tir", "call_dps_packed")
"""Calls of Relax that are told what they write."""

MIXING = {"max", "min", "pow", "Select", "if_then_else"}
"""Members of ``T`` whose operands have the same dtype."""


def attribute_constant(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.bool(True)`` as the value of a function's attribute."""
    if context.member(node) in ATTRIBUTE_CALLS:
        yield from _wrapped(node.args, context)


def annotation_constant(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.bool(True)`` as the value of an annotation of a block, loop or allocation."""
    member = context.member(node)
    if member in BLOCK_ATTRIBUTE_CALLS:
        yield from _wrapped(node.args, context)
    elif member in LOOPS | ALLOCATIONS:
        annotations = [k.value for k in node.keywords if k.arg == "annotations"]
        yield from _wrapped(annotations, context)


def pragma_node(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.attr(i, "pragma_…", 1)`` above the loop over ``i``, as TVM prints it.

    TVM prints the variable of a loop that comes later, which a text has no name for. It is looked
    at only where a loop is to be split in parts.
    """
    if context.member(node) != "attr" or len(node.args) != 3:
        return
    variable, key = node.args[:2]
    if not isinstance(key, ast.Constant) or not str(key.value).startswith("pragma_"):
        return
    if key.value == "pragma_loop_partition_hint" or not isinstance(variable, ast.Name):
        return
    if variable.id in context.loop_names and variable.id in context.declared:
        yield Proposal(context.span(variable), "0")


def _wrapped(values: list[ast.expr], context: SpellingContext) -> Iterator[Proposal]:
    for call in (inner for value in values for inner in ast.walk(value)):
        if not isinstance(call, ast.Call) or context.member(call) not in ("bool", "boolean"):
            continue
        constant = call.args[0] if len(call.args) == 1 else None
        if isinstance(constant, ast.Constant) and isinstance(constant.value, bool | int):
            yield Proposal(context.span(call), str(bool(constant.value)))


def dropped(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find keywords that TVM no longer takes: ``buffer_type="auto"``, ``is_size_var=True``."""
    member = context.member(node)
    if not member:
        return
    table = spellings().dropped
    for keyword in node.keywords:
        nothing = isinstance(keyword.value, ast.List | ast.Tuple) and not keyword.value.elts
        empty = nothing and keyword.arg in spellings().gone_keyword
        if empty or keyword.arg in (*table["*"], *table.get(member, ())):
            row = spellings().renamed.get(member)
            until = row.until if row is not None else ""
            yield without(node, keyword, context)._replace(until=until)


def relax_keyword(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``out_sinfo=`` and ``sinfo_args=`` of a call of Relax."""
    if not _is_relax(node):
        return
    for keyword in node.keywords:
        if keyword.arg in RELAX_KEYWORDS:
            start = context.span(keyword).start
            yield Proposal(Span(start, start + len(keyword.arg)), RELAX_KEYWORDS[keyword.arg])


def relax_printed_type(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``R.builtin.alloc_tensor(…, ty_args=…)``: TVM prints the type, and does not read it."""
    if dotted(node.func) != "R.builtin.alloc_tensor":
        return
    for keyword in node.keywords:
        if keyword.arg == "ty_args":
            yield without(node, keyword, context)


def relax_not_finite(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``R.const("-inf", "float32")``: TVM prints such a number as a word, and reads none.

    It reads those that it prints of a PrimFunc, such as ``T.float32("-inf")``.
    """
    if not _is_relax(node) or getattr(node.func, "attr", "") != "const" or not node.args:
        return
    value = node.args[0]
    if isinstance(value, ast.Constant) and value.value in NOT_FINITE:
        yield Proposal(context.span(value), NOT_FINITE[value.value])


def relax_output(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``R.call_tir(f, (x,), (8,), dtype="float32")`` of 2022, with one output."""
    if not _is_relax(node) or getattr(node.func, "attr", "") not in CALLS_WITH_OUTPUT:
        return
    by_name = {keyword.arg: keyword for keyword in node.keywords}
    if (
        len(node.args) != 3
        or by_name.keys() != {"dtype"}
        or not isinstance(node.args[2], ast.Tuple)
    ):
        return
    shape, dtype = context.span(node.args[2]), context.span(by_name["dtype"])
    between = context.text.string[shape.end : dtype.start]
    written = f"{context.text.slice(shape)}{between}{context.text.slice(dtype)}"
    yield Proposal(Span(shape.start, dtype.end), f"out_ty=R.Tensor({written})")


def _is_relax(node: ast.Call) -> bool:
    return dotted(node).partition(".")[0] in ("R", "relax")


def without(call: ast.Call, keyword: ast.keyword, context: SpellingContext) -> Proposal:
    """Propose to remove a keyword argument with the comma before it."""
    place = (keyword.value.lineno, keyword.value.col_offset)
    before = [
        *call.args,
        *(k for k in call.keywords if (k.value.lineno, k.value.col_offset) < place),
    ]
    start = max(
        (context.span(argument).end for argument in before), default=context.span(keyword).start
    )
    return Proposal(Span(start, context.span(keyword).end), "")


def plural_dtype(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``dtypes=`` of 2021."""
    for keyword in node.keywords if context.member(node) in ALLOCATIONS else ():
        if keyword.arg == "dtypes":
            start = context.span(keyword).start
            yield Proposal(Span(start, start + len("dtypes")), "dtype")


def constant(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``tvm.tir.const(True, "bool")``."""
    if dotted(node) not in ("tvm.tir.const", "tvm.tirx.const", "tir.const"):
        return
    dtype = node.args[1] if len(node.args) == 2 else None
    if isinstance(dtype, ast.Constant) and isinstance(dtype.value, str):
        yield Proposal(context.span(node), f"T.{dtype.value}({context.source(node.args[0])})")


def dtype_name(node: ast.Constant, context: SpellingContext) -> Iterator[Proposal]:
    """Find dtypes of eight-bit floats by their older names."""
    match = _OLD_DTYPE.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is not None and node not in context.prose:
        new = spellings().renamed[match["name"]].to + match["lanes"]
        yield Proposal(context.span(node), f'"{new}"')


def check_return(node: ast.Expr, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.tvm_check_return(expected, error, call)``, which returns the error of a call."""
    call = node.value
    if isinstance(call, ast.Call) and context.member(call) == "evaluate" and call.args:
        call = call.args[0]
    if not isinstance(call, ast.Call) or context.member(call) != "tvm_check_return":
        return
    if len(call.args) != 3:
        return
    expected, error, checked = call.args
    span, place = context.span(node), context.span(checked)
    after = f" != {context.source(expected)}: return {context.source(error)}"
    head, tail = (
        Patch(Span(span.start, place.start), "if "),
        Patch(Span(place.end, span.end), after),
    )
    yield Proposal(span, f"if {context.source(checked)}{after}", (head, tail))


def call_node(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.Call("int32", op, [x])``, whose dtype comes last today."""
    if context.member(node) != "Call" or len(node.args) != 3 or node.keywords:
        return
    dtype, operator = node.args[:2]
    if not isinstance(dtype, ast.Constant) or not isinstance(dtype.value, str):
        return
    start, end = context.span(dtype).start, context.span(node.args[2]).end
    first = Patch(Span(start, context.span(operator).start), "")
    last = Patch(Span(end, end), f", ret_ty={context.source(dtype)}")
    new = context.text.slice(Span(first.span.end, end)) + last.new
    yield Proposal(Span(start, end), new, (first, last))


def call_function(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.call_tir(Module.function, x)``."""
    if context.member(node) != "call_tir" or not node.args or node.keywords:
        return
    span, function = context.span(node), context.span(node.args[0])
    rest = context.span(node.args[1]).start if len(node.args) > 1 else span.end - 1
    opened = Patch(Span(span.start, function.start), "")
    between = Patch(Span(function.end, rest), "(")
    new = context.source(node.args[0]) + "(" + context.text.slice(Span(rest, span.end))
    yield Proposal(span, new, (opened, between))


def var(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.var("float32")``."""
    if context.member(node) != "var" or len(node.args) != 1:
        return
    dtype = node.args[0]
    if isinstance(dtype, ast.Constant) and isinstance(dtype.value, str):
        yield Proposal(context.span(node), f"{context.todays_prefix(node)}.{dtype.value}()")


def named_var(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.Var("n", dtype="int32")``."""
    for keyword in node.keywords if context.member(node) in ("Var", "SizeVar") else ():
        if keyword.arg == "dtype":
            start = context.span(keyword).start
            yield Proposal(Span(start, context.span(keyword.value).start), "")


def float_literal(
    node: ast.BinOp | ast.Compare | ast.Call, context: SpellingContext
) -> Iterator[Proposal]:
    """Find numbers beside values of another float dtype than TVM gives a number."""
    siblings: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        siblings = [node.left, node.right]
    elif isinstance(node, ast.Compare):
        siblings = [node.left, *node.comparators]
    elif context.member(node) in MIXING:
        siblings = list(node.args)
    for sibling in siblings:
        literal = sibling.operand if isinstance(sibling, ast.UnaryOp) else sibling
        if isinstance(literal, ast.Constant) and isinstance(literal.value, float):
            dtypes = (context.dtype(other) for other in siblings if other is not sibling)
            dtype = next(filter(None, dtypes), "")
            if dtype:
                yield Proposal(context.span(sibling), f"T.{dtype}({context.source(sibling)})")


def buffer_subscript(node: ast.Subscript, context: SpellingContext) -> Iterator[Proposal]:
    """Find annotations such as ``T.Buffer[(8,), "float32"]``."""
    if context.member(node.value) != "Buffer":
        return
    inner, end = context.span(node.slice), context.span(node).end
    opened = Patch(Span(context.span(node.value).end, inner.start), "(")
    closed = Patch(Span(end - 1, end), ")")
    new = f"{context.source(node.value)}({context.source(node.slice)})"
    yield Proposal(context.span(node), new, (opened, closed))


# ---------------------------------------------------------------- instructions of a GPU

PTX_DTYPES = {"fp16": "float16", "fp32": "float32", "fp64": "float64", "bf16": "bfloat16"}
"""Today's names of dtypes that tensor-core instructions take."""

COPY_ARGUMENTS = 5
"""Of an asynchronous copy: two pointers, each with an offset, and the number of bytes."""


def mma_dtype(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``"fp16"`` as the dtype of an operand of ``T.ptx_mma``."""
    if context.member(node) not in ("ptx_mma", "ptx.mma.legacy", "ptx_legacy.mma"):
        return
    for argument in node.args[3:6]:
        if isinstance(argument, ast.Constant) and argument.value in PTX_DTYPES:
            yield Proposal(context.span(argument), f'"{PTX_DTYPES[str(argument.value)]}"')


def copy_dtype(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``dtype=`` of ``T.ptx_cp_async``, which is its first argument today."""
    if context.member(node) != "ptx_cp_async" or not node.args:
        return
    keyword = next((k for k in node.keywords if k.arg == "dtype"), None)
    if keyword is None:
        return
    gone = without(node, keyword, context)
    if len(node.args) != COPY_ARGUMENTS:
        yield gone
        return
    first, dtype = context.span(node.args[0]).start, context.source(keyword.value)
    yield gone._replace(
        new=f"{dtype}, …", pieces=(Patch(Span(first, first), f"{dtype}, "), *gone.patches)
    )


FIELD_ACCESSES = {"tvm_struct_get", "tvm_struct_set"}
OLD_VALUE_FIELD, VALUE_FIELD = 12, 15
"""The number of the field that holds the value of an argument on the stack of a call."""


def value_field(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.tvm_struct_get(args, 0, 12, "int64")``, as lowered host code had it."""
    field = node.args[2] if len(node.args) > 2 else None
    if context.member(node) in FIELD_ACCESSES and isinstance(field, ast.Constant):
        if field.value == OLD_VALUE_FIELD:
            yield Proposal(context.span(field), str(VALUE_FIELD))


# ---------------------------------------------------------------- targets

_INTEGER = re.compile(r"-?\d+")


def target_string(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find targets with options, as on a command line: ``T.target("llvm -opt-level=0")``."""
    if context.member(node) == "target":
        values = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "host")]
    elif context.is_vdevice(node):
        values = node.args[:1]
    else:
        return
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            attributes = target_attributes(value.value)
            if attributes is not None:
                yield Proposal(context.span(value), attributes)


def target_attributes(string: str) -> str | None:
    """Return a target with options as the text of a dictionary; None for one without options.

    None, too, where an option is no ``-name`` or ``-name=value``.
    """
    kind, *options = string.split()
    if not options:
        return None
    attributes: dict[str, object] = {"kind": kind}
    for option in options:
        name, equals, text = option.lstrip("-").partition("=")
        if not option.startswith("-") or not name:
            return None
        attributes[name] = _target_value(name, text) if equals else True
    items = (f"{json.dumps(key)}: {_literal(value)}" for key, value in attributes.items())
    return "{" + ", ".join(items) + "}"


def _target_value(name: str, text: str) -> object:
    if name in ("keys", "mattr", "libs"):
        return text.strip("'\"").split(",")
    return int(text) if _INTEGER.fullmatch(text) else text.strip("'\"")


def _literal(value: object) -> str:
    return str(value) if isinstance(value, bool) else json.dumps(value)
