"""The rules of a small target to learn with: what each node becomes in a C without its boilerplate.

It is the table of the Python codegen with other rules for what C says otherwise: braces, types,
``&&``. It has no device; a real C program is what TVM's own codegen writes.
"""

from __future__ import annotations

from viz.step import rules
from viz.step.expressions import infix, is_number, typed
from viz.step.writer import (
    ATOM,
    NEWLINE,
    Block,
    Expression,
    Operand,
    Part,
    Pieces,
    RuleWriter,
    Statement,
    joined,
)

TYPES = {
    "int32": "int",
    "int64": "long",
    "float32": "float",
    "float64": "double",
    "float16": "half",
    "bool": "bool",
}
"""C's names of types; the others keep theirs."""


def named(dtype: str) -> str:
    """Return C's name of a type."""
    return TYPES.get(dtype, dtype)


def braced(*pieces: str | Part | Pieces) -> Pieces:
    """Return statements between braces."""
    inside = [p for piece in pieces for p in (piece if isinstance(piece, tuple) else (piece,))]
    return (" {", Block(tuple(inside)), NEWLINE, "}")


def is_constant(n: Part, value: str) -> bool:
    """Whether a node is a number."""
    return n.field("value") == value


# ---------------------------------------------------------------- expressions


def number(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``5``, ``0.5f``."""
    text = of.part.field("value")
    if of.part.dtype == "bool":
        return ATOM, ("true" if text == "1" else "false",)
    return ATOM, (f"{text}f" if of.part.dtype == "float32" else text,)


def element(n: Part, buffer: Part) -> Pieces:
    """Write ``A[i][j]``."""
    places = [piece for index in n.all("indices") for piece in ("[", index, "]")]
    return (buffer, *(places or ("[0]",)))


def call(name: str, *fields: str) -> Expression:
    """Return the rule that writes ``name(a, b)`` with the children in some fields."""
    return lambda w, of: (ATOM, (f"{name}(", *joined(of.part[field] for field in fields), ")"))


def choice(*fields: str) -> Expression:
    """Return the rule that writes ``condition ? a : b``."""

    def rule(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
        condition, a, b = (of.part[field] for field in fields)
        return 0, (Operand(condition, 1), " ? ", Operand(a, 1), " : ", Operand(b, 0))

    return rule


def operator(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write a call of one of TIR's operators by its rule, else by its name."""
    name = of.part.field("op")
    if name in w.operators:
        return w.operators[name](w, of)
    called = name.rpartition(".")[2] if name else of.part["op"]
    return ATOM, (called, "(", *joined(of.part.all("args")), ")")


EXPRESSIONS: dict[str, Expression] = rules.EXPRESSIONS | {
    "ir.IntImm": number,
    "ir.FloatImm": number,
    "ir.TensorLoad": lambda w, of: (ATOM, element(of.part, of.part["source"])),
    "ir.Call": operator,
    "prim.Or": infix("||", 1),
    "prim.And": infix("&&", 2),
    "prim.Not": lambda w, of: (12, ("!", Operand(of.part["a"], 12))),
    "prim.Div": infix("/", 10),
    "prim.Mod": infix("%", 10),
    "prim.FloorDiv": call("floordiv", "a", "b"),
    "prim.FloorMod": call("floormod", "a", "b"),
    "prim.Min": call("min", "a", "b"),
    "prim.Max": call("max", "a", "b"),
    "prim.Select": choice("condition", "true_value", "false_value"),
    "prim.Cast": lambda w, of: (
        12,
        (f"({named(of.part.dtype)})", Operand(of.part["value"], 12)),
    ),
    "prim.Broadcast": call("broadcast", "value", "lanes"),
}

OPERATORS: dict[str, Expression] = {
    "prim.if_then_else": choice("args[0]", "args[1]", "args[2]"),
    "tirx.ret": lambda w, of: (0, ("return ", typed(of.part["args[0]"]))),
}

# ---------------------------------------------------------------- statements


def prim_func(w: RuleWriter, n: Part) -> Pieces:
    """Write ``void main(float* A, int n) { … }``."""
    parameters: list[Pieces] = []
    for parameter in n.all("params"):
        is_buffer = parameter.node.dtype.endswith("]")
        dtype = parameter.type().field("dtype") if is_buffer else parameter.dtype
        parameters.append((f"{named(dtype)}{'*' if is_buffer else ''} ", parameter))
    written = [piece for parameter in parameters for piece in (", ", *parameter)][1:]
    return ("void ", w.function(n.node.path), "(", *written, ")", *braced(n["body"]))


def loop(w: RuleWriter, n: Part) -> Pieces:
    """Write ``for (int i = 0; i < 8; ++i) { … }``."""
    i, start, step = n["loop_var"], n["min"], n.get("step")
    end: Pieces = (n["extent"],)
    if not is_constant(start, "0"):
        end = (Operand(start, 9), " + ", Operand(n["extent"], 10))
    forward: Pieces = ("++", i) if step is None else (i, " += ", step)
    head = (f"for ({named(i.dtype)} ", i, " = ", start, "; ", i, " < ", *end, "; ", *forward, ")")
    return (*head, *braced(n["body"]))


def branch(w: RuleWriter, n: Part) -> Pieces:
    """Write ``if (condition) { … } else { … }``."""
    other = n.get("else_case")
    pieces: Pieces = ("if (", n["condition"], ")", *braced(n["then_case"]))
    if other is None:
        return pieces
    return (*pieces, " else ", other) if other.key == n.key else (*pieces, " else", *braced(other))


def realize(w: RuleWriter, n: Part) -> Pieces:
    """Write ``int vi = i;`` for each axis of a block, and the block."""
    axes = [axis["var"] for axis in n["block"].all("iter_vars")]
    lines: Pieces = ()
    for axis, value in zip(axes, n.all("iter_values"), strict=True):
        lines += (f"{named(axis.dtype)} ", axis, " = ", value, ";", NEWLINE)
    if is_constant(n["predicate"], "1"):
        return (*lines, n["block"])
    return ("if (", n["predicate"], ")", *braced((*lines, n["block"])))


def block(w: RuleWriter, n: Part) -> Pieces:
    """Write a block's buffers, its ``init`` in the first round of the reduction, its body."""
    lines: Pieces = ()
    for buffer in n.all("alloc_buffers"):
        lines += (*allocation(buffer), NEWLINE)
    if (init := n.get("init")) is not None:
        sums = [axis for axis in n.all("iter_vars") if axis.field("iter_type") == "reduce"]
        first = [piece for a in sums for piece in (" && ", a["var"], " == ", a["dom"]["min"])][1:]
        lines += ("if (", *first, ")", *braced(init), NEWLINE) if sums else (init, NEWLINE)
    return (*lines, n["body"])


def allocation(buffer: Part) -> Pieces:
    """Write ``float L[4];``."""
    extents = [piece for extent in buffer.type().all("shape") for piece in ("[", extent, "]")]
    return (f"{named(buffer.type().field('dtype'))} ", buffer, *extents, ";")


def declaration(w: RuleWriter, n: Part) -> Pieces:
    """Write ``float* B = A;``: a buffer in the memory of another one."""
    data, ty = n["data"], n["buffer"].type()
    if data.field("op") != "tirx.buffer_data":
        raise n.refused()
    offset = () if is_constant(ty["elem_offset"], "0") else (" + ", ty["elem_offset"])
    return (f"{named(ty.field('dtype'))}* ", n["buffer"], " = ", data["args[0]"], *offset, ";")


STATEMENTS: dict[str, Statement] = {
    "tirx.PrimFunc": prim_func,
    "tirx.SeqStmt": lambda w, n: joined(n.all("seq"), NEWLINE),
    "tirx.For": loop,
    "tirx.While": lambda w, n: ("while (", n["condition"], ")", *braced(n["body"])),
    "tirx.IfThenElse": branch,
    "tirx.Break": lambda w, n: ("break;",),
    "tirx.Continue": lambda w, n: ("continue;",),
    "tirx.Return": lambda w, n: ("return ", n["value"], ";"),
    "tirx.BufferStore": lambda w, n: (*element(n, n["buffer"]), " = ", n["value"], ";"),
    "tirx.Bind": lambda w, n: (f"{named(n['var'].dtype)} ", n["var"], " = ", n["value"], ";"),
    "tirx.AllocBuffer": lambda w, n: allocation(n["buffer"]),
    "tirx.DeclBuffer": declaration,
    "tirx.AttrStmt": lambda w, n: (n["body"],),
    "tirx.AssertStmt": lambda w, n: ("assert(", n["condition"], ");"),
    "tirx.Evaluate": lambda w, n: (";",) if is_number(n["value"]) else (n["value"], ";"),
    "s_tir.SBlockRealize": realize,
    "s_tir.SBlock": block,
}
