"""How expressions are written in Python: numbers with their types, operators, calls, choices.

Numbers keep their type by themselves: an element of an ``int32`` buffer is a NumPy ``int32``, and
what is computed from it and a bare ``2`` is one again. Loop variables and extents are Python's
integers, which are exact. So a number needs its type written, as in ``float32(0.5)``, only where
nothing beside it has one.
"""

from __future__ import annotations

from viz.step.writer import (
    ATOM,
    NEWLINE,
    Expression,
    Helper,
    Operand,
    Part,
    Piece,
    Pieces,
    RuleWriter,
    joined,
)

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
    "tirx.round": "rint",  # of two the even one, as LLVM rounds it
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


# ---------------------------------------------------------------- numbers

NATIVE = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)
"""NumPy's own types: with the others, such as bfloat16, a bare number does not take their type."""


EXACT = ("int32", "int64")
"""The types that are Python's integers where nothing beside them is NumPy's: TIR does not say what
is beyond their range."""


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

    Not so ``int32`` and ``int64`` scalars: Python's integers are exact. Narrower ones wrap.
    """
    return Operand(n, level, typed=n.dtype not in EXACT)


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


def left_shift(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``int32(i) << 29``: an exact integer would keep the bits beyond the type's."""
    a, b = of.part["a"], of.part["b"]
    is_exact = a.dtype in EXACT and a.key != "ir.TensorLoad"
    left = call(a.dtype, a)[1] if is_exact else (typed(a, 8),)
    return 8, (*left, " << ", Operand(b, 9))


def leading_zeros(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``clz(x, 32)``, which needs to know of how many bits."""
    n = of.part["args[0]"]
    return call("clz", n, n.dtype.lstrip("uint"))


def call(name: str, *arguments: Piece) -> tuple[int, Pieces]:
    """Return the pieces of ``name(a, b)``."""
    return ATOM, (Helper(name), "(", *joined(arguments), ")")


def function(name: str, *fields: str) -> Expression:
    """Return the rule that writes ``name(a, b)`` with the children in some fields."""
    return lambda w, of: call(name, *(typed(of.part[field]) for field in fields))


def quotient(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``a / b`` of floats; integers are divided as in C, by a function."""
    if "float" in of.part.dtype:
        return infix("/", 10)(w, of)
    return call("truncdiv", typed(of.part["a"]), typed(of.part["b"]))


def remainder(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write the remainder of a division that is rounded towards zero."""
    name = "fmod" if "float" in of.part.dtype else "truncmod"
    return call(name, typed(of.part["a"]), typed(of.part["b"]))


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


def chosen_lanes(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``lanes_at([(a, 4), (b, 4)], [0, 5])``: some lanes of vectors beside each other."""
    vectors = [("(", typed(part), f", {part.lanes})") for part in of.part.all("vectors")]
    beside = [piece for vector in vectors for piece in (", ", *vector)][1:]
    indices = joined(of.part.all("indices"))
    return ATOM, (Helper("lanes_at"), "([", *beside, "], [", *indices, "])")


def choice(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``a if condition else b``, which computes one of the two."""
    condition, a, b = of.part.all("args")
    return 0, (typed(a, 1), " if ", Operand(condition, 1), " else ", typed(b))


def let(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``let(value, lambda x: body)``."""
    value, variable, body = of.part["value"], of.part["var"], of.part["body"]
    return ATOM, (Helper("let"), "(", typed(value), ", lambda ", variable, ": ", body, ")")


def return_value(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``return value``."""
    return 0, ("return ", typed(of.part["args[0]"]))


def total(a: Part, b: Part) -> Pieces:
    """Write ``a + b``, as one number where both are."""
    if a.key == b.key == "ir.IntImm":
        return (str(int(a.field("value")) + int(b.field("value"))),)
    return (Operand(a, 9), " + ", Operand(b, 10))


def shape_of(buffer: Part) -> Pieces:
    """Write ``(8, n)``."""
    extents = buffer.type().all("shape")
    return ("(", *joined(extents), ",)" if len(extents) == 1 else ")")


EXTENTS = {
    "shape": "{0}.shape[{1}]",
    "strides": "{0}.strides[{1}] // {0}.itemsize",
    "elem_offset": "0",  # an array begins at its first element
}
"""How a program learns a variable in the type of a buffer."""


def extents(w: RuleWriter, parameters: list[Part]) -> list[Piece]:
    """Write ``n = A.shape[0]`` for each variable that only the buffers know, a line each."""
    known = {parameter.variable for parameter in parameters}
    lines: list[Piece] = []
    for parameter in parameters:
        for field, value in EXTENTS.items() if parameter.node.dtype.endswith("]") else ():
            for i, extent in enumerate(parameter.type().one_or_all(field)):
                if extent.key == "ir.Var" and extent.variable not in known:
                    known.add(extent.variable)
                    lines += [extent, f" = {value.format(w.name(parameter), i)}", NEWLINE]
    return lines
