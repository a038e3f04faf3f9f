"""Quote the rules of the Python codegen from its tables, each with the functions it names."""

from __future__ import annotations

import ast
import textwrap
from functools import cache
from pathlib import Path

TABLES = ("EXPRESSIONS", "OPERATORS", "STATEMENTS")
"""The tables of :mod:`viz.step.rules`, and of :mod:`viz.step.gpu_rules`."""

FILES = ("rules.py", "expressions.py")


@cache
def rule_texts() -> dict[str, str]:
    """Return the rules of the stages of a CPU by the type or the operator of the node they write.

    It reads the files of the package: not for a process in a jail.
    """
    texts = {name: (Path(__file__).parent / name).read_text(encoding="utf-8") for name in FILES}
    functions = {
        statement.name: _lines(text, statement)
        for text in texts.values()
        for statement in ast.parse(text).body
        if isinstance(statement, ast.FunctionDef)
    }
    rules: dict[str, str] = {}
    for statement in ast.parse(texts["rules.py"]).body:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) in TABLES:
            assert isinstance(statement.value, ast.Dict)
            for key, value in zip(statement.value.keys, statement.value.values, strict=True):
                if isinstance(key, ast.Constant):
                    row = f"{key.value!r}: {_lines(texts['rules.py'], value)},".replace("'", '"', 2)
                    named = [functions[name] for name in _named(value) if name in functions]
                    rules[str(key.value)] = "\n\n".join([row, *named])
    return rules


def _named(value: ast.expr) -> list[str]:
    """Return the names that a row of a table uses, each once, in their order."""
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    return list(dict.fromkeys(names))


def _lines(text: str, node: ast.stmt | ast.expr) -> str:
    """Return the text of a node, its further lines to the left as far as they all go."""
    first, *others = (ast.get_source_segment(text, node) or "").split("\n")
    rest = textwrap.dedent("\n".join(others)) if isinstance(node, ast.expr) else "\n".join(others)
    return "\n".join([first, *rest.split("\n")]) if others else first
