"""Write a module that TVM imported as a text that TVM's parser reads.

The printer leaves values of constants to a table of objects beside the text, writes infinity in a
way that the parser refuses, and puts all parameters into one line. Only such places are rewritten.
"""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

import numpy as np
import tvm

from viz.frontend.models.origins import with_origins
from viz.frontend.models.printing import MOST_COLUMNS, NOT_FINITE
from viz.frontend.readable import MOST_CHARACTERS
from viz.ir.onnx.graph import refusal
from viz.ir.onnx.importer import Imported

_TABLE = "metadata"
_CONSTANT = "ir.GenericConst"


class ModelText(NamedTuple):
    """A text, and how many constants of the model became parameters."""

    text: str
    lifted: int


class _Replacement(NamedTuple):
    """New words for a part of a line: lines from 1, columns from 0."""

    line: int
    column: int
    end_line: int
    end_column: int
    words: str


def written(model: Imported) -> ModelText:
    """Return the text of a module, with a comment above what was made from a node of the model.

    Raises
    ------
    SourceError
        When it is too long, or has something that no text can have.
    """
    whole = ""
    for annotated in (True, False):
        text, lifted = _printed(model, annotated=annotated)
        for form in (_wrapped(text), text):
            whole = f"{_head(text, lifted)}\n{form}"
            if len(whole) > MOST_CHARACTERS:
                continue
            whole = with_origins(whole, {"main": model.parts})
            if len(whole) <= MOST_CHARACTERS:
                return ModelText(whole, len(lifted))
    raise refusal("onnx-text-too-long", count=len(whole), most=MOST_CHARACTERS)


def _printed(model: Imported, *, annotated: bool) -> tuple[str, list[str]]:
    """Return the module, with the types of variables if ``annotated``, and the added parameters."""
    printed = str(model.mod.script(show_meta=True, show_all_ty=annotated))
    if not printed.isascii():
        raise refusal("onnx-not-printed")
    table, text = _without_table(printed)
    tree = ast.parse(text)
    main = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "main")
    constants = [each.value.numpy() for each in table.get(_CONSTANT, ())]
    lines = text.split("\n")
    edits: list[_Replacement] = []
    lifted: dict[int, str] = {}
    for node in ast.walk(tree):
        if (index := _constant_at(node)) is not None:
            words = _written_out(constants[index])
            if not words:
                words = lifted.setdefault(index, f"constant_{index}")
            edits.append(_edit(node, words))
        elif words := _infinite(node, lines):
            edits.append(_edit(node, words))
    added = [f"{name}: {_tensor(constants[index])}" for index, name in lifted.items()]
    edits.append(_parameters(main, lines, added))
    text = _edited(text, edits).replace(")\n@I.ir_module", ")\n\n@I.ir_module")
    if f"{_TABLE}[" in text:
        raise refusal("onnx-not-printed")
    return text, list(lifted.values())


def _without_table(printed: str) -> tuple[dict[str, Any], str]:
    """Return the objects that a print refers to, and the print without them and its comments."""
    lines = printed.split("\n")
    table: dict[str, Any] = {}
    if printed.startswith(f"{_TABLE} = "):
        call = ast.parse(printed).body[0]
        assert isinstance(call, ast.Assign)
        assert isinstance(call.value, ast.Call)
        table = dict(tvm.ir.load_json(ast.literal_eval(call.value.args[0])).items())
        lines = lines[call.end_lineno :]
    start = next(number for number, line in enumerate(lines) if line[:1] not in ("#", ""))
    return table, "\n".join(lines[start:]).rstrip() + "\n"


def _head(text: str, lifted: list[str]) -> str:
    """Return the import lines for what a text uses, and which parameters are constants."""
    lines = ["from tvm.script import ir as I", "from tvm.script import relax as R"]
    if "T." in text:
        lines.append("from tvm.script import tirx as T")
    if "TypeVar(" in text:
        lines.insert(0, "from typing import TypeVar\n")
    if lifted:
        lines.append(f"\n# Constants of the model that are inputs here: {', '.join(lifted)}.")
    return "\n".join(lines) + "\n"


def _constant_at(node: ast.AST) -> int | None:
    """Return the index in the table of constants that an expression names."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Subscript):
        return None
    if ast.unparse(node.value) != f"{_TABLE}['{_CONSTANT}']":
        return None
    index = ast.literal_eval(node.slice)
    assert isinstance(index, int)
    return index


def _infinite(node: ast.AST, lines: list[str]) -> str:
    """Return the words for a scalar that is no finite number, empty for all others."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "R.const":
        return ""
    value, *rest = node.args
    if not isinstance(value, ast.Constant) or value.value not in NOT_FINITE:
        return ""
    return f"R.const({', '.join([NOT_FINITE[value.value], *(_words(e, lines) for e in rest)])})"


def _written_out(values: np.ndarray[Any, Any]) -> str:
    """Return an expression for an array of values that are alike or count up; else nothing."""
    dtype, shape = str(values.dtype), list(values.shape)
    if not values.size:
        return ""
    first = values.reshape(-1)[0]
    if np.all(values == first):
        item = bool(first) if values.dtype == bool else first.item()
        number = NOT_FINITE.get(str(item), repr(item))
        return f'R.full(R.shape({shape}), R.const({number}, "{dtype}"), dtype="{dtype}")'
    if dtype == "int64" and values.ndim == 1 and np.all(np.diff(values) == 1):
        return f'R.arange({int(first)}, {int(first) + len(values)}, 1, dtype="int64")'
    return ""


def _tensor(values: np.ndarray[Any, Any]) -> str:
    sizes = ", ".join(map(str, values.shape))
    return f'R.Tensor(({sizes}{"," * (values.ndim == 1)}), dtype="{values.dtype}")'


def _edit(node: ast.AST, words: str) -> _Replacement:
    assert isinstance(node, ast.expr)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return _Replacement(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, words)


def _parameters(main: ast.FunctionDef, lines: list[str], added: list[str]) -> _Replacement:
    """Return the edit that writes the parameters of a function below each other."""
    margin = " " * (main.col_offset + 4)
    shown = [
        f"{each.arg}: {_words(each.annotation, lines)}"
        for each in main.args.args
        if each.annotation is not None
    ]
    below = "".join(f"\n{margin}{each}," for each in (*shown, *added))
    result = f" -> {_words(main.returns, lines)}" if main.returns else ""
    words = f"def {main.name}({below}\n{margin[4:]}){result}:"
    line = lines[main.lineno - 1]
    return _Replacement(main.lineno, main.col_offset, main.lineno, len(line), words)


def _wrapped(text: str) -> str:
    """Return a text whose long calls in Relax functions have their arguments on further lines."""
    lines = text.split("\n")
    edits = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
            continue
        call = node.value
        if len(lines[node.lineno - 1]) > MOST_COLUMNS and ast.unparse(call.func).startswith("R."):
            margin = " " * (node.col_offset + 4)
            arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
            rows = [""]
            for words in (f"{_words(argument, lines)}," for argument in arguments):
                if rows[-1] and len(margin) + len(rows[-1]) + 1 + len(words) > MOST_COLUMNS:
                    rows.append("")
                rows[-1] += f" {words}" if rows[-1] else words
            below = "".join(f"\n{margin}{row}" for row in rows)
            edits.append(_edit(call, f"{_words(call.func, lines)}({below}\n{margin[4:]})"))
    return _edited(text, edits)


def _words(node: ast.expr | ast.keyword, lines: list[str]) -> str:
    """Return what a node that stands in one line of an ASCII text wrote."""
    return lines[node.lineno - 1][node.col_offset : node.end_col_offset]


def _edited(text: str, edits: list[_Replacement]) -> str:
    """Return an ASCII text with some parts replaced, none of which is inside of another."""
    lines = text.split("\n")
    for edit in sorted(edits, reverse=True):
        last = lines[edit.end_line - 1][edit.end_column :]
        first = lines[edit.line - 1][: edit.column]
        lines[edit.line - 1 : edit.end_line] = f"{first}{edit.words}{last}".split("\n")
    return "\n".join(lines)
