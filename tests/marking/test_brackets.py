"""Brackets are matched outside of strings and comments; marking calls are stripped."""

import pytest

from viz.marking import brackets


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("if (x) { a; { b; } } else", "{ a; { b; } }"),
        ('{ f("}"); // }\n /* } */ } }', '{ f("}"); // }\n /* } */ }'),
        ("{ {", None),
        ("no braces", None),
    ],
)
def test_a_block_ends_at_the_brace_that_closes_it(text, block):
    end = brackets.after_block(text, 0)
    assert (None if end is None else text[text.index("{") : end]) == block


@pytest.mark.parametrize(
    ("tokens", "is_parenthesised"),
    [
        ("( a )", True),
        ("( a ) + ( b )", False),
        ("a ( b )", False),
        ("( ( a ) b )", True),
        ("", False),
    ],
)
def test_parentheses_enclose_all_or_not(tokens, is_parenthesised):
    assert brackets.is_parenthesised(tuple(tokens.split())) is is_parenthesised


def test_marking_calls_are_stripped_and_their_pieces_counted():
    tokens = ["__viz1(", "a", "+", "(", "__viz2(", "b", ")", ")", ")", ";"]
    kept, marks = brackets.without_marking_calls(tokens, "__viz")
    assert kept == ["a", "+", "(", "b", ")", ";"]
    assert marks == [(3, 4, 2), (0, 5, 1)]
