"""Positions, excerpts and patches of texts."""

import pytest

from viz.text import Patch, Patched, Span, Text

TEXTS = ["", "a", "a\nb", "a\r\nb\rc\n", "变量 = 𝔸\n\t# 中\n", "x\x0by\u2028z\n"]


@pytest.mark.parametrize("string", TEXTS)
def test_positions_go_there_and_back(string):
    text = Text(string)
    for offset in range(len(string) + 1):
        where = text.position(offset)
        line = text.line_span(where.line)
        if offset <= line.end:
            assert text.offset(where.line, where.column) == offset
            before = string[line.start : offset]
            assert text.offset_of_byte(where.line, len(before.encode())) == offset


def test_lines_end_where_python_ends_them():
    text = Text("a\r\nb\rc\nd\x0be\u2028f")
    assert [text.line(i) for i in range(1, text.line_count + 1)] == ["a", "b", "c", "d\x0be\u2028f"]


def test_columns_of_wide_characters():
    text = Text("变量[i] = 𝔸 + 1")
    plus = text.string.index("+")
    assert text.position(plus).column == plus + 1
    assert text.offset_of_byte(1, len("变量[i] = 𝔸 ".encode())) == plus


def test_excerpt_points_under_wide_and_tabbed_text():
    text = Text("\t变量 = zz\n")
    start = text.string.index("zz")
    head, carets = text.excerpt(Span(start, start + 2)).split("\n")
    assert head.endswith("\t变量 = zz")
    assert carets.endswith("\t" + " " * 7 + "^^")


def test_patched_text_and_the_way_back():
    patched = Patched("abcdef", [Patch(Span(1, 3), "XYZ"), Patch(Span(4, 4), "!")])
    assert patched.string == "aXYZd!ef"
    where = {
        patched.string[a:b]: patched.origin(Span(a, b))
        for a, b in [(0, 1), (1, 4), (2, 3), (4, 5), (5, 6), (6, 7), (7, 8)]
    }
    assert where == {
        "a": Span(0, 1),
        "XYZ": Span(1, 3),
        "Y": Span(1, 3),
        "d": Span(3, 4),
        "!": Span(4, 4),
        "e": Span(4, 5),
        "f": Span(5, 6),
    }


def test_overlapping_patches_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        Patched("abc", [Patch(Span(0, 2), "x"), Patch(Span(1, 3), "y")])
