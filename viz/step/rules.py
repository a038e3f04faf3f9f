"""The rules of the Python codegen: what each node of a tree becomes, in the stages of a CPU.

A codegen is a translator that turns each node into a text while it walks the tree. The tables
EXPRESSIONS, OPERATORS and STATEMENTS are the whole of one. A rule takes a node ``n``, whose
children are ``n["body"]`` and so on, and returns the pieces of its text: strings as they are, and
children, which their own rules write. The rule of an expression also says how tightly it binds, so
that ``(a + b) * c`` gets its parentheses and ``a + b * c`` none.
"""

from __future__ import annotations

from viz.step.expressions import (
    EXACT,
    call,
    choice,
    chosen_lanes,
    element,
    extents,
    function,
    infix,
    is_number,
    leading_zeros,
    left_shift,
    let,
    negation,
    number,
    operator,
    quotient,
    remainder,
    return_value,
    shape_of,
    smaller_or_larger,
    total,
    typed,
)
from viz.step.writer import (
    ATOM,
    NEWLINE,
    Block,
    Expression,
    Helper,
    Operand,
    Part,
    Piece,
    Pieces,
    RuleWriter,
    Statement,
    joined,
)

# ---------------------------------------------------------------- expressions

EXPRESSIONS: dict[str, Expression] = {
    "ir.IntImm": number,
    "ir.FloatImm": number,
    "ir.StringImm": lambda w, of: (ATOM, (repr(of.part.field("value")),)),
    "ir.Var": lambda w, of: (ATOM, (w.name(of.part),)),
    "ir.GlobalVar": lambda w, of: (ATOM, (w.function(of.part.node.label),)),
    "prim.Or": infix("or", 1, "|", 5),
    "prim.And": infix("and", 2, "&", 7),
    "prim.Not": negation,
    "prim.EQ": infix("==", 4),
    "prim.NE": infix("!=", 4),
    "prim.LT": infix("<", 4),
    "prim.LE": infix("<=", 4),
    "prim.GT": infix(">", 4),
    "prim.GE": infix(">=", 4),
    "prim.BitwiseOr": infix("|", 5),
    "prim.BitwiseXor": infix("^", 6),
    "prim.BitwiseAnd": infix("&", 7),
    "prim.LShift": left_shift,
    "prim.RShift": infix(">>", 8),
    "prim.Add": infix("+", 9),
    "prim.Sub": infix("-", 9),
    "prim.Mul": infix("*", 10),
    "prim.Div": quotient,
    "prim.Mod": remainder,
    "prim.FloorDiv": infix("//", 10),
    "prim.FloorMod": infix("%", 10),
    "prim.BitwiseNot": lambda w, of: (12, ("~", Operand(of.part["a"], 12))),
    "prim.Min": smaller_or_larger("min", "minimum"),
    "prim.Max": smaller_or_larger("max", "maximum"),
    "prim.Select": function("select", "condition", "true_value", "false_value"),
    "prim.Cast": lambda w, of: call(
        "bool_" if of.part.dtype == "bool" else of.part.dtype, Operand(of.part["value"])
    ),
    "prim.Let": let,
    # NumPy takes one number for all lanes by itself.
    "prim.Broadcast": lambda w, of: (of.level, (of._replace(part=of.part["value"]),)),
    "prim.Ramp": function("ramp", "base", "stride", "lanes"),
    "prim.Shuffle": chosen_lanes,
    "ir.TensorLoad": lambda w, of: (ATOM, element(w, of.part, of.part["source"])),
    "ir.Call": operator,
}

OPERATORS: dict[str, Expression] = {
    "prim.if_then_else": choice,
    "prim.likely": lambda w, of: (of.level, (of._replace(part=of.part["args[0]"]),)),
    "tirx.ret": return_value,
    "tirx.break_loop": lambda w, of: (0, ("break",)),
    "tirx.continue_loop": lambda w, of: (0, ("continue",)),
    "prim.clz": leading_zeros,
    "tirx.reinterpret": lambda w, of: call(
        "reinterpret", typed(of.part["args[0]"]), f'"{of.part.dtype}"'
    ),
}

# ---------------------------------------------------------------- statements


def prim_func(w: RuleWriter, n: Part) -> Pieces:
    """Write ``def main(A, B):``, the extents that only the buffers know, and the body."""
    parameters = n.all("params")
    return (
        "def ",
        w.function(n.node.path),
        "(",
        *joined(parameters),
        "):",
        Block((*extents(w, parameters), n["body"])),
    )


def loop(w: RuleWriter, n: Part) -> Pieces:
    """Write ``for i in range(8):``."""
    start, extent, step = n["min"], n["extent"], n.get("step")
    bounds: list[Piece] = [extent]
    if step is not None or start.field("value") != "0":
        bounds = [start, ", ", *total(start, extent), *((", ", step) if step else ())]
    values: Pieces = ("range(", *bounds, ")")
    if n["loop_var"].dtype not in EXACT:
        values = ("map(", Helper(n["loop_var"].dtype), ", ", *values, ")")
    return ("for ", n["loop_var"], " in ", *values, ":", Block((n["body"],)))


def branch(w: RuleWriter, n: Part) -> Pieces:
    """Write ``if``, and ``elif`` where the other case is a branch again."""
    other, pieces = n.get("else_case"), ("if ", n["condition"], ":", Block((n["then_case"],)))
    if other is None:
        return pieces
    if other.key == n.key:
        return (*pieces, NEWLINE, "el", other)
    return (*pieces, NEWLINE, "else:", Block((other,)))


def realize(w: RuleWriter, n: Part) -> Pieces:
    """Write the values of a block's axes, ``vi, vj = i, j``, and the block."""
    axes = [axis["var"] for axis in n["block"].all("iter_vars")]
    values = joined(map(typed, n.all("iter_values")))
    assigned = (*joined(axes), " = ", *values, NEWLINE) if axes else ()
    if n["predicate"].field("value") == "1":
        return (*assigned, n["block"])
    return ("if ", n["predicate"], ":", Block((*assigned, n["block"])))


def block(w: RuleWriter, n: Part, allocate: Statement | None = None) -> Pieces:
    """Write a block: its buffers, its ``init`` in the first round of the reduction, its body."""
    lines: list[Piece] = []
    for buffer in n.all("alloc_buffers"):
        written = (allocate or allocation)(w, buffer)
        lines += [*written, NEWLINE] if written else []
    for match in n.all("match_buffers"):
        lines += [*matched(match), NEWLINE]
    if (init := n.get("init")) is not None:
        sums = [axis for axis in n.all("iter_vars") if axis.field("iter_type") == "reduce"]
        first = [(axis["var"], " == ", axis["dom"]["min"]) for axis in sums]
        conditions = [piece for test in first for piece in (" and ", *test)][1:]
        lines += ["if ", *conditions, ":", Block((init,))] if sums else [init]
        lines += [NEWLINE]
    return (*lines, n["body"])


def matched(n: Part) -> Pieces:
    """Write a buffer that is a region of another one: ``B = A[4:8, 0:16]``."""
    region, rank = n["source"].all("region"), len(n["buffer"].type().all("shape"))
    places: list[Pieces] = [
        (part["min"],)
        if i < len(region) - rank  # such an extent is 1
        else (part["min"], ":", *total(part["min"], part["extent"]))
        for i, part in enumerate(region)
    ]
    indices = [piece for place in places for piece in (", ", *place)][1:]
    return (n["buffer"], " = ", n["source"]["source"], "[", *indices, "]")


def allocation(w: RuleWriter, buffer: Part) -> Pieces:
    """Write ``L = empty((4,), "float32")``."""
    dtype = buffer.type().field("dtype")
    return (buffer, " = ", Helper("empty"), "(", *shape_of(buffer), f', "{dtype}")')


def declaration(w: RuleWriter, n: Part) -> Pieces:
    """Write a buffer in the memory of another one: ``B = view(A, (64,))``."""
    data, ty = n["data"], n["buffer"].type()
    is_pointer = data.key == "ir.Var"  # a kernel's parameter
    if not is_pointer and data.field("op") != "tirx.buffer_data":
        raise n.refused()
    memory = data if is_pointer else data["args[0]"]
    # TVM leaves a kernel's buffers variables that only the host has: all of the memory is theirs.
    used = [part for extent in ty.all("shape") for part in extent.below() if part.key == "ir.Var"]
    shape = shape_of(n["buffer"]) if all(map(w.is_named, used)) else ("(-1,)",)
    pieces: list[Piece] = [memory, ", ", *shape]
    if is_pointer or ty.field("dtype") != memory.type().field("dtype"):
        pieces += [f', "{ty.field("dtype")}"']
    if ty["elem_offset"].field("value") != "0":
        pieces += [", offset=", ty["elem_offset"]]
    if strides := ty.all("strides"):
        pieces += [", strides=(", *joined(strides), ",)"]
    return (n["buffer"], " = ", Helper("view"), "(", *pieces, ")")


def check(w: RuleWriter, n: Part) -> Pieces:
    """Write ``assert condition, "message"``."""
    message = "".join(part.field("value") for part in n.all("message_parts"))
    return ("assert ", n["condition"], *((f", {message!r}",) if message else ()))


def evaluation(w: RuleWriter, n: Part) -> Pieces:
    """Write an expression whose value nobody takes; TVM writes ``0`` where there is nothing."""
    return ("pass",) if is_number(n["value"]) else (n["value"],)


def bind(w: RuleWriter, n: Part) -> Pieces:
    """Write ``x = value``; of a buffer of vectors a copy, since NumPy's element is no value."""
    is_load = n["value"].key == "ir.TensorLoad"
    is_view = is_load and "x" in n["value"]["source"].type().field("dtype")
    return (n["var"], " = ", typed(n["value"]), *((".copy()",) if is_view else ()))


STATEMENTS: dict[str, Statement] = {
    "tirx.PrimFunc": prim_func,
    "tirx.SeqStmt": lambda w, n: joined(n.all("seq"), NEWLINE),
    "tirx.For": loop,
    "tirx.While": lambda w, n: ("while ", n["condition"], ":", Block((n["body"],))),
    "tirx.IfThenElse": branch,
    "tirx.Break": lambda w, n: ("break",),
    "tirx.Continue": lambda w, n: ("continue",),
    "tirx.Return": lambda w, n: ("return ", typed(n["value"])),
    "tirx.BufferStore": lambda w, n: (*element(w, n, n["buffer"]), " = ", n["value"]),
    "tirx.Bind": bind,
    "tirx.AllocBuffer": lambda w, n: allocation(w, n["buffer"]),
    "tirx.DeclBuffer": declaration,
    "tirx.AttrStmt": lambda w, n: (n["body"],),
    "tirx.AssertStmt": check,
    "tirx.Evaluate": evaluation,
    "s_tir.SBlockRealize": realize,
    "s_tir.SBlock": block,
}
