"""Map each TVM node type to the classes of :mod:`ast` by which TVMScript spells it.

A ``tirx.For`` is an ``ast.For``, a ``prim.Add`` an ``ast.Add`` or a call. That tells a node's own
span from one that it has of something near it.
"""

from __future__ import annotations

import ast

STATEMENTS: dict[str, tuple[type, ...]] = {
    "tirx.BufferStore": (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr),
    "tirx.Bind": (ast.Assign, ast.AnnAssign, ast.With, ast.Expr),
    "tirx.AllocBuffer": (ast.Assign, ast.AnnAssign, ast.With),
    "tirx.DeclBuffer": (ast.Assign, ast.AnnAssign, ast.With),
    "tirx.For": (ast.For,),
    "tirx.While": (ast.While,),
    "tirx.IfThenElse": (ast.If,),
    "tirx.AssertStmt": (ast.Assert,),
    "tirx.AttrStmt": (ast.With, ast.Expr, ast.Assign),
    "tirx.Evaluate": (ast.Expr, ast.Break, ast.Continue, ast.Return),
    "tirx.Break": (ast.Break,),
    "tirx.Continue": (ast.Continue,),
    "tirx.Return": (ast.Return, ast.Expr),
    "s_tir.SBlock": (ast.With,),
    "s_tir.SBlockRealize": (ast.With,),
}
"""What a statement looks like in Python."""

OPERATORS: dict[str, tuple[type, ...]] = {
    "prim.Add": (ast.Add,),
    "prim.Sub": (ast.Sub, ast.USub),
    "prim.Mul": (ast.Mult, ast.USub),
    "prim.Div": (ast.Div, ast.FloorDiv),
    "prim.Mod": (ast.Mod,),
    "prim.FloorDiv": (ast.FloorDiv, ast.Div),
    "prim.FloorMod": (ast.Mod,),
    "prim.BitwiseAnd": (ast.BitAnd,),
    "prim.BitwiseOr": (ast.BitOr,),
    "prim.BitwiseXor": (ast.BitXor,),
    "prim.BitwiseNot": (ast.Invert,),
    "prim.LShift": (ast.LShift,),
    "prim.RShift": (ast.RShift,),
    "prim.Not": (ast.Not, ast.Invert),
    "prim.And": (ast.And, ast.BitAnd),
    "prim.Or": (ast.Or, ast.BitOr),
}
"""What an operator is in Python; a minus of one operand is a product with -1, or 0 minus it."""

COMPARISONS: dict[str, tuple[type, ...]] = {
    "prim.LT": (ast.Lt, ast.Gt),
    "prim.LE": (ast.LtE, ast.GtE),
    "prim.GT": (ast.Gt, ast.Lt),
    "prim.GE": (ast.GtE, ast.LtE),
    "prim.EQ": (ast.Eq,),
    "prim.NE": (ast.NotEq,),
}
"""Python turns a comparison round whose left side is a number."""

LITERAL = (ast.Constant, ast.UnaryOp, ast.Call, ast.Name, ast.Attribute, ast.BinOp)

SHAPES: dict[str, tuple[type, ...]] = {
    "ir.TensorLoad": (ast.Subscript, ast.Name, ast.Attribute, ast.Call),
    "ir.Call": (ast.Call, ast.IfExp, ast.BinOp, ast.UnaryOp, ast.Break, ast.Continue, ast.Compare),
    "prim.Max": (ast.Call,),
    "prim.Min": (ast.Call,),
    "prim.Cast": (ast.Call,),
    "prim.Select": (ast.Call, ast.IfExp),
    "prim.Ramp": (ast.Call, ast.Slice),
    "prim.Broadcast": (ast.Call,),
    "prim.Shuffle": (ast.Call,),
    "prim.Let": (ast.Call,),
    "ir.IntImm": LITERAL,
    "ir.FloatImm": LITERAL,
    "ir.StringImm": (ast.Constant, ast.Name, ast.JoinedStr),
}
"""What other expressions look like in Python."""


def fits(key: str, node: ast.AST) -> bool:
    """Whether a piece of Python has the shape of a node of a type.

    Everything fits a type that is not in the tables.
    """
    if key in STATEMENTS:
        return isinstance(node, STATEMENTS[key])
    if key in OPERATORS:
        operator = getattr(node, "op", None)
        return isinstance(operator, OPERATORS[key]) or isinstance(node, ast.Call)
    if key in COMPARISONS:
        if isinstance(node, ast.Compare):
            return any(isinstance(operator, COMPARISONS[key]) for operator in node.ops)
        return isinstance(node, ast.Call)
    return key not in SHAPES or isinstance(node, SHAPES[key])
