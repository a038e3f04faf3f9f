"""The diff of two texts: nothing is lost, and what is said to differ is all that does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viz.provenance import text_diff
from viz.provenance.text_diff import diff_texts

words = st.sampled_from(
    ["for", "i", "A", "[", "]", " ", "  ", "=", "+", "1", "é", "变量", "\t", "\r"]
)
lines = st.lists(words, max_size=6).map("".join)
texts = st.lists(lines, max_size=12).map("\n".join)


def check(before: str, after: str):
    rows = diff_texts(before, after)
    old = [row for row in rows if row.kind != "added"]
    new = [row for row in rows if row.kind != "removed"]
    assert "\n".join(row.before for row in old) == before
    assert "\n".join(row.after for row in new) == after
    assert [row.before_line for row in old] == list(range(1, len(old) + 1))
    assert [row.after_line for row in new] == list(range(1, len(new) + 1))
    for row in rows:
        if row.kind == "same":
            assert row.before == row.after
        elif row.kind == "changed":
            assert row.before != row.after
            assert outside(row.before, row.removed) == outside(row.after, row.added)
        else:
            assert not row.removed
            assert not row.added
    return rows


def outside(line, ranges):
    """Return what is left of a line without its ranges, which must rise and be apart."""
    kept, at = [], 0
    for start, end in ranges:
        assert at <= start < end <= len(line)
        kept.append(line[at:start])
        at = end
    return "".join([*kept, line[at:]])


@given(texts, texts)
@settings(max_examples=120, deadline=None, derandomize=True, database=None)
def test_nothing_is_lost(before, after):
    check(before, after)


@given(texts)
@settings(max_examples=50, deadline=None, derandomize=True, database=None)
def test_a_text_is_the_same_as_itself(text):
    assert {row.kind for row in check(text, text)} == {"same"}


@given(texts, texts)
@settings(max_examples=80, deadline=None, derandomize=True, database=None)
def test_texts_that_repeat_themselves_take_the_other_way(before, after):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_diff, "MOST_WORK", 2)
        patch.setattr(text_diff, "MOST_PAIRS", 2)
        check(before, after)


def test_a_line_that_changed_is_one_row_with_its_words():
    (row,) = check("B[i] = A[i] + T.float32(1.0)", "B[i] = A[i] * T.float32(2.0)")
    assert row.kind == "changed"
    assert [row.before[a:b] for a, b in row.removed] == ["+", "1"]
    assert [row.after[a:b] for a, b in row.added] == ["*", "2"]


def test_lines_pair_with_the_lines_they_are_like():
    before = "x = load(A, 1)\ny = load(B, 2)"
    after = "n = 7\nx = load(A, 10)\ny = load(B, 20)"
    assert [(row.kind, row.after) for row in check(before, after)] == [
        ("added", "n = 7"),
        ("changed", "x = load(A, 10)"),
        ("changed", "y = load(B, 20)"),
    ]


def test_one_line_among_thousands():
    before = [f"A[{i % 9}] = B[{i}]" for i in range(5000)]
    after = [*before[:2500], "T.tvm_storage_sync('shared')", *before[2500:]]
    rows = check("\n".join(before), "\n".join(after))
    assert [row.after_line for row in rows if row.kind != "same"] == [2501]


def test_thousands_of_lines_that_repeat_themselves_end():
    before = "\n".join(["x = 1", "y = 2"] * 2500)
    rows = check(before, before.replace("y = 2", "y = 3"))
    assert {row.kind for row in rows} <= {"same", "changed", "removed", "added"}
