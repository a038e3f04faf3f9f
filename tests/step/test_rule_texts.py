"""The rules of the Python codegen, quoted: each row of its tables, with the functions it names."""

import ast

from viz.step import rules
from viz.step.rule_texts import rule_texts


def test_every_rule_is_quoted_with_what_it_calls():
    quoted = rule_texts()
    assert set(quoted) == {*rules.EXPRESSIONS, *rules.OPERATORS, *rules.STATEMENTS}
    assert quoted["tirx.Break"] == '"tirx.Break": lambda w, n: ("break",),'
    assert quoted["tirx.For"].startswith('"tirx.For": loop,\n\ndef loop(')
    assert "def infix(" in quoted["prim.LT"]
    for text in quoted.values():
        row, *functions = text.split("\n\ndef ")
        ast.parse("{" + row + "}")
        for function in functions:
            ast.parse("def " + function)
