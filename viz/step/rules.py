"""The rules of the Python codegen: what each node of a tree becomes, in the stages of a CPU.

A codegen is a translator that turns each node into a text while it walks the tree. These two tables
are the whole of one. A rule takes a node ``n``, whose children are ``n["body"]`` and so on, and
returns the pieces of its text: strings as they are, and children, which their own rules write. The
rule of an expression also says how tightly it binds, so that ``(a + b) * c`` gets its parentheses
and ``a + b * c`` none.

Numbers keep their type by themselves: an element of an ``int32`` buffer is a NumPy ``int32``, and
what is computed from it and a bare ``2`` is one again. Loop variables and extents are Python's
integers, which are exact. So a number needs its type written, as in ``float32(0.5)``, only where
nothing beside it has one.
"""

from __future__ import annotations

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

# ---------------------------------------------------------------- numbers

NATIVE = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)
"""NumPy's own types: with the others, such as bfloat16, a bare number does not take their type."""


def is_number(n: Part) -> bool:
    """Whether a node is a constant number, or a vector of one."""
    return n.key in ("ir.IntImm", "ir.FloatImm") or (
        n.key == "prim.Broadcast" and is_number(n["value"])
    )


def number(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``5``, ``float32(0.5)``, ``True``."""
    n = of.part
    text = str(bool(int(n.field("value")))) if n.dtype == "bool" else n.field("value")
    if not text.lstrip("-")[0].isdigit() and n.dtype != "bool":
        return ATOM, (Helper(n.dtype), f'("{text}")')  # infinite, or not a number
    if n.dtype not in NATIVE or (of.typed and n.dtype != "bool"):
        return ATOM, (Helper(n.dtype), f"({text})")
    return 12 if text.startswith("-") else ATOM, (text,)


def typed(n: Part, level: int = 0) -> Operand:
    """Return an operand that has its type also where it is a number: nothing else gives it one.

    Not so scalars of signed integers: Python's integers are exact.
    """
    return Operand(n, level, typed=not n.dtype.startswith("int") or n.lanes > 1)


# ---------------------------------------------------------------- expressions


def infix(sign: str, level: int, vector: str = "", lanes_level: int = 0) -> Expression:
    """Return the rule that writes ``a + b``; ``vector`` is the sign between lanes of bool."""

    def rule(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
        a, b = of.part["a"], of.part["b"]
        own, between = (lanes_level, vector) if vector and of.part.lanes > 1 else (level, sign)
        # Two comparisons beside each other would be a chain in Python.
        left = typed(a, own) if is_number(b) else Operand(a, own)
        if own == 4:
            left = left._replace(level=5)
        return own, (left, f" {between} ", Operand(b, own + 1))

    return rule


def call(name: str, *arguments: Piece) -> tuple[int, Pieces]:
    """Return the pieces of ``name(a, b)``."""
    return ATOM, (Helper(name), "(", *joined(arguments), ")")


def function(name: str, *fields: str) -> Expression:
    """Return the rule that writes ``name(a, b)`` with the children in some fields."""
    return lambda w, of: call(name, *(typed(of.part[field]) for field in fields))


def division(sign: str, name: str) -> Expression:
    """Return the rule of a division: integers are divided as in C, by a function."""
    inexact = infix(sign, 10)

    def rule(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
        is_float = "float" in of.part.dtype
        return inexact(w, of) if is_float else call(name, typed(of.part["a"]), typed(of.part["b"]))

    return rule


def smaller_or_larger(name: str, of_floats: str) -> Expression:
    """Return the rule of Min or Max: Python's own for integers."""

    def rule(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
        a, b = typed(of.part["a"]), typed(of.part["b"])
        if "float" in of.part.dtype or of.part.lanes > 1:
            return call(of_floats, a, b)
        return ATOM, (f"{name}(", a, ", ", b, ")")

    return rule


def negation(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``not a``, and ``~a`` for the lanes of a vector."""
    level, sign = (12, "~") if of.part.lanes > 1 else (3, "not ")
    return level, (sign, Operand(of.part["a"], level))


def element(w: RuleWriter, n: Part, buffer: Part) -> Pieces:
    """Write ``A[i, j]``."""
    return (buffer, "[", *(joined(n.all("indices")) or ("()",)), "]")


def operator(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write a call of one of TIR's operators by its rule, or by its name if that is a function."""
    n, name = of.part, of.part.field("op")
    if not name:
        return ATOM, (n["op"], "(", *joined(n.all("args")), ")")
    arguments = n.all("args")
    if name in ("tirx.call_pure_extern", "tirx.call_extern"):
        name = f"tirx.{arguments.pop(0).field('value')}"
        name = name if name in FUNCTIONS else name.removesuffix("f")
    if name in w.operators:
        return w.operators[name](w, of)
    if name not in FUNCTIONS:
        raise n.refused()
    called = call(FUNCTIONS[name], *map(typed, arguments))
    return called if n.dtype in NATIVE else call(n.dtype, Operand(n["args[0]"]))


def choice(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``a if condition else b``, which computes one of the two."""
    condition, a, b = of.part.all("args")
    return 0, (typed(a, 1), " if ", Operand(condition, 1), " else ", typed(b))


def return_value(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``return value``."""
    return 0, ("return ", typed(of.part["args[0]"]))


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
    "prim.LShift": infix("<<", 8),
    "prim.RShift": infix(">>", 8),
    "prim.Add": infix("+", 9),
    "prim.Sub": infix("-", 9),
    "prim.Mul": infix("*", 10),
    "prim.Div": division("/", "truncdiv"),
    "prim.Mod": division("%", "truncmod"),
    "prim.FloorDiv": infix("//", 10),
    "prim.FloorMod": infix("%", 10),
    "prim.BitwiseNot": lambda w, of: (12, ("~", Operand(of.part["a"], 12))),
    "prim.Min": smaller_or_larger("min", "minimum"),
    "prim.Max": smaller_or_larger("max", "maximum"),
    "prim.Select": function("select", "condition", "true_value", "false_value"),
    "prim.Cast": lambda w, of: call(
        "bool_" if of.part.dtype == "bool" else of.part.dtype, Operand(of.part["value"])
    ),
    "prim.Let": lambda w, of: call(
        "let", typed(of.part["value"]), Operand(of.part["var"], -1), of.part["body"]
    ),
    # NumPy takes one number for all lanes by itself.
    "prim.Broadcast": lambda w, of: (of.level, (of._replace(part=of.part["value"]),)),
    "prim.Ramp": function("ramp", "base", "stride", "lanes"),
    "ir.TensorLoad": lambda w, of: (ATOM, element(w, of.part, of.part["source"])),
    "ir.Call": operator,
}

OPERATORS: dict[str, Expression] = {
    "prim.if_then_else": choice,
    "prim.likely": lambda w, of: (of.level, (of._replace(part=of.part["args[0]"]),)),
    "tirx.ret": return_value,
    "tirx.break_loop": lambda w, of: (0, ("break",)),
    "tirx.continue_loop": lambda w, of: (0, ("continue",)),
    "tirx.reinterpret": lambda w, of: call(
        "reinterpret", typed(of.part["args[0]"]), f'"{of.part.dtype}"'
    ),
}

FUNCTIONS = {
    f"tirx.{name}": name
    for name in (
        *("exp", "exp2", "exp10", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "power"),
        *("sin", "cos", "tan", "sinh", "cosh", "tanh", "sigmoid", "erf", "floor", "ceil", "trunc"),
        *("isnan", "isinf", "isfinite", "copysign", "nextafter", "hypot", "ldexp", "fmod", "fma"),
        *("popcount", "rint"),
    )
} | {
    "prim.ceil": "ceil",
    "prim.log2": "log2",
    "tirx.pow": "power",
    "tirx.nearbyint": "rint",
    "tirx.round": "round_away",
    "tirx.fabs": "absolute",
    "tirx.asin": "arcsin",
    "tirx.acos": "arccos",
    "tirx.atan": "arctan",
    "tirx.atan2": "arctan2",
    "tirx.asinh": "arcsinh",
    "tirx.acosh": "arccosh",
    "tirx.atanh": "arctanh",
}
"""The functions of mathematics, by operator."""

# ---------------------------------------------------------------- statements


def prim_func(w: RuleWriter, n: Part) -> Pieces:
    """Write ``def main(A, B):``, the extents that only the buffers know, and the body."""
    parameters = n.all("params")
    known = {parameter.variable for parameter in parameters}
    lines: list[Piece] = []
    for parameter in parameters:
        name = w.name(parameter)
        for field, value in EXTENTS.items() if parameter.node.dtype.endswith("]") else ():
            for i, extent in enumerate(parameter.type().all(field)):
                if extent.key == "ir.Var" and extent.variable not in known:
                    known.add(extent.variable)
                    lines += [extent, f" = {value.format(name, i)}", NEWLINE]
    return (
        "def ",
        w.function(n.node.path),
        "(",
        *joined(parameters),
        "):",
        Block((*lines, n["body"])),
    )


EXTENTS = {"shape": "{0}.shape[{1}]", "strides": "{0}.strides[{1}] // {0}.itemsize"}
"""How a program learns a variable in the type of a buffer."""


def loop(w: RuleWriter, n: Part) -> Pieces:
    """Write ``for i in range(8):``."""
    start, extent, step = n["min"], n["extent"], n.get("step")
    bounds: list[Piece] = [extent]
    if step is not None or start.field("value") != "0":
        bounds = [start, ", ", *total(start, extent), *((", ", step) if step else ())]
    values: Pieces = ("range(", *bounds, ")")
    if n["loop_var"].dtype.startswith("uint"):
        values = ("map(", Helper(n["loop_var"].dtype), ", ", *values, ")")
    return ("for ", n["loop_var"], " in ", *values, ":", Block((n["body"],)))


def total(a: Part, b: Part) -> Pieces:
    """Write ``a + b``, as one number where both are."""
    if a.key == b.key == "ir.IntImm":
        return (str(int(a.field("value")) + int(b.field("value"))),)
    return (Operand(a, 9), " + ", Operand(b, 10))


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


def shape_of(buffer: Part) -> Pieces:
    """Write ``(8, n)``."""
    extents = buffer.type().all("shape")
    return ("(", *joined(extents), ",)" if len(extents) == 1 else ")")


def allocation(w: RuleWriter, buffer: Part) -> Pieces:
    """Write ``L = empty((4,), "float32")``."""
    dtype = buffer.type().field("dtype")
    return (buffer, " = ", Helper("empty"), "(", *shape_of(buffer), f', "{dtype}")')


def declaration(w: RuleWriter, n: Part) -> Pieces:
    """Write a buffer in the memory of another one: ``B = view(A, (64,))``."""
    data, ty = n["data"], n["buffer"].type()
    if data.field("op") != "tirx.buffer_data":
        raise n.refused()
    memory = data["args[0]"]
    pieces: list[Piece] = [memory, ", ", *shape_of(n["buffer"])]
    if ty.field("dtype") != memory.type().field("dtype"):
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
