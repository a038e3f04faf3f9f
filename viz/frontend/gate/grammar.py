"""Tables of the Python nodes, names and attributes that TVMScript consists of.

What is in no table is refused.
"""

from __future__ import annotations

import ast
import builtins

MOST_NODES = 100_000
DEEPEST = 250
"""Levels of the ``ast``; hand-written programs have about 50."""
MOST_ARGUMENTS = 256
MOST_LOOPS = 64
"""Loops of one ``T.grid``."""
MOST_BITS = 64
"""Of an integer."""
MOST_EVALUATIONS = 10_000
"""Nodes that Python evaluates for one comprehension."""
LONGEST_SHAPE = 128
"""Dimensions that a shape is taken to have at most."""
WIDEST_SHIFT = 64
LONGEST_STRING = 10_000
"""Characters."""

GRAMMAR: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Module: ("body",),
    ast.ClassDef: ("body",),
    ast.FunctionDef: ("args", "returns", "body"),
    ast.arguments: ("args",),
    ast.arg: ("annotation",),
    # statements
    ast.Assign: ("targets", "value"),
    ast.AnnAssign: ("target", "annotation", "value"),
    ast.AugAssign: ("target", "value"),
    ast.Assert: ("test", "msg"),
    ast.Break: (),
    ast.Continue: (),
    ast.Expr: ("value",),
    ast.For: ("target", "iter", "body"),
    ast.If: ("test", "body", "orelse"),
    ast.Pass: (),
    ast.Return: ("value",),
    ast.While: ("test", "body"),
    ast.With: ("items", "body"),
    ast.withitem: ("context_expr", "optional_vars"),
    # expressions
    ast.Attribute: ("value",),
    ast.BinOp: ("left", "right"),
    ast.BoolOp: ("values",),
    ast.Call: ("func", "args", "keywords"),
    ast.keyword: ("value",),
    ast.Compare: ("left", "comparators"),
    ast.Constant: (),
    ast.Dict: ("keys", "values"),
    ast.IfExp: ("test", "body", "orelse"),
    ast.Lambda: ("args", "body"),
    ast.List: ("elts",),
    ast.ListComp: ("elt", "generators"),
    ast.comprehension: ("target", "iter", "ifs"),
    ast.Name: (),
    ast.Slice: ("lower", "upper", "step"),
    ast.Starred: ("value",),
    ast.Subscript: ("value", "slice"),
    ast.Tuple: ("elts",),
    ast.UnaryOp: ("operand",),
}
"""The node types of TVMScript, and their fields that hold further nodes."""

NAMES_OF_REFUSED: dict[str, str] = {
    "SetComp": "python-comprehension",
    "DictComp": "python-comprehension",
    "GeneratorExp": "python-comprehension",
    "JoinedStr": "python-formatted-string",
    "TemplateStr": "python-formatted-string",
    "NamedExpr": "`:=`",
    "Set": "python-set",
    "Import": "`import`",
    "ImportFrom": "`import`",
    "Global": "`global`",
    "Nonlocal": "`nonlocal`",
    "Delete": "`del`",
    "Raise": "`raise`",
    "Try": "`try`",
    "TryStar": "`try`",
    "Match": "`match`",
    "Yield": "`yield`",
    "YieldFrom": "`yield`",
    "Await": "`await`",
    "AsyncFor": "`async for`",
    "AsyncWith": "`async with`",
    "AsyncFunctionDef": "`async def`",
}
"""Other node types by class name: as Python writes them, or the id of a message with their name."""

BUILTINS = frozenset(dir(builtins))
CALLABLE = frozenset({"abs", "bool", "float", "int", "len", "max", "min", "range"})
"""Builtins of Python that a program may call."""

MAY_BE_BOUND = frozenset(
    "abs all any ascii bin bool bytes chr divmod enumerate filter float hash hex id input int "
    "iter len list map max min next oct ord pow range reversed round set slice sorted str sum "
    "tuple zip".split()
)
"""Builtins of Python whose names a program may give to a buffer or a variable.

Outside of its scope such a name means the builtin again, so only harmless ones are listed.
"""

ATTRIBUTES = frozenset(
    "access_ptr astype buffer byte_offset data data_alignment dtype elem_offset elem_offset_of "
    "extent layout local min offset offset_factor permute ptr_to rearrange region scope shape "
    "source storage strides sub tile ty var view vload vstore alloc commit move_base_to buf ptr "
    "addr dom scalar name".split()
)
"""Attributes of buffers, regions, variables and layouts that a program may use."""

DECORATORS: dict[str, frozenset[str]] = {
    "T.prim_func": frozenset({"private", "check_well_formed", "s_tir", "persistent"}),
    "R.function": frozenset({"private", "pure", "check_well_formed"}),
    "I.ir_module": frozenset({"check_well_formed", "s_tir"}),
}
"""Decorators and their arguments, each of which must be True or False."""

SHAPED: dict[str, str] = {"Buffer": "shape", "Tensor": "shape", "Shape": "values"}
"""Functions whose first argument is a shape, and its name: TVM evaluates the strings in it."""

PARAMETER_LISTS = ("posonlyargs", "kwonlyargs", "defaults", "kw_defaults", "vararg", "kwarg")
"""Fields of ``ast.arguments`` that must be empty."""

LIBRARIES = frozenset(("np", "numpy", "math", "torch", "tvm"))
"""Modules that programs import; TVMScript knows none of these names."""

CUDA_NAMES = frozenset(("threadIdx", "blockIdx", "blockDim", "gridDim", "warpSize"))
"""Variables that CUDA C++ has in every kernel."""

INSTEAD: dict[str, str] = {
    **dict.fromkeys(
        ("syncthreads", "sync_threads", "syncthread", "barrier"), 'T.tvm_storage_sync("shared")'
    ),
    **dict.fromkeys(("relu", "maximum"), "T.max(x, y)"),
    **dict.fromkeys(("minimum",), "T.min(x, y)"),
    **dict.fromkeys(("float", "single", "fp32"), "T.float32"),
    **dict.fromkeys(("double", "fp64"), "T.float64"),
    **dict.fromkeys(("half", "fp16"), "T.float16"),
    **dict.fromkeys(("int", "integer"), "T.int32"),
    **dict.fromkeys(("shared", "alloc_smem"), 'T.alloc_buffer((8,), "float32", scope="shared")'),
    "square": "x * x",
}
"""What T has in the place of members that other languages and libraries have."""

ITERATORS = frozenset(
    ("enumerate", "filter", "iter", "list", "map", "next", "reversed", "sorted", "zip")
)
"""Builtins of Python that go over elements."""
