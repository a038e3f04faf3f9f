"""What marks are laid by: characters counted, words compared, rows of statements taken apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.engine.characters import BLANKS, INK, NEITHER, SOLID, Chosen, Plain, narrow
from viz.engine.runs import spread
from viz.engine.wording import Wording

TEXTS = st.text(alphabet='ab_1 ()\n\t;é中"', max_size=70)


@given(TEXTS)
def test_characters_are_counted_and_found_as_one_by_one(text):
    for table, others in ((INK, BLANKS), (SOLID, NEITHER)):
        places = [at for at, each in enumerate(text) if each not in others.decode()]
        chosen = Chosen(narrow(text), table)
        before = [sum(place < at for place in places) for at in range(len(text) + 1)]
        assert chosen.before(np.arange(len(text) + 1)).tolist() == before
        assert chosen.offsets(np.arange(len(places))).tolist() == places
    plain = Plain(text)
    assert "".join(map(chr, plain.inked)) == "".join(text.split())
    assert "".join(map(chr, plain.solids)) == "".join(text.split()).translate(
        str.maketrans("", "", "()")
    )


def alike(lines, loose=()):
    """Return which lines say what the first one says, by what :class:`Wording` finds."""
    text = "\n".join(lines) + "\n"
    ends = np.cumsum([len(line) + 1 for line in lines]).tolist()
    ranges = [(end - 1 - len(line), end - 1) for line, end in zip(lines, ends, strict=True)]
    marks = np.array([(0, len(lines[0]))])
    rows, edges = Wording(text).alike(ranges, marks, list(loose))
    assert [(int(a), int(b)) for a, b in edges[:, 0]] == [ranges[row] for row in rows]
    return [lines[row] for row in rows]


@pytest.mark.parametrize(
    ("line", "is_like"),
    [
        ("x = a[1];", True),
        ("x = a[7];", True),
        ("x = a[123];", True),
        ("x = b[1];", False),
        ("x = a[1]; ", False),
        ("x = a[1]", False),
        ("x = é[1];", False),
        ("x = a[1 ];", False),
        ("x  = a[1];", False),
    ],
)
def test_lines_are_alike_but_for_their_loose_words(line, is_like):
    assert (line in alike(["x = a[5];", line], loose=[(6, 7)])) is is_like


@pytest.mark.parametrize(
    ("line", "is_like"),
    [
        ("v__7 = __3.x + __3.y + v__8;", True),
        ("v__1 = __2.x + __2.y + v_;", True),
        ("v__1 = condval.x + condval.y + condval_12345678;", True),
        ("v__7 = __3.x + __4.y + v__8;", False),
        ("v__7 = __3.x + __3.y + v__7;", False),
        ("v__7 = __3.x + __3.y + other;", False),
        ("v__7 = __3.x + __3.y + condval_123456789;", False),
        ("v__7 = __3.x + __3.y + é;", False),
    ],
)
@pytest.mark.parametrize("comment", ["", " // é"])
def test_temporaries_stand_for_each_other_one_to_one(line, is_like, comment):
    model = "v__1 = __2.x + __2.y + v__3;"
    found = alike([model + comment, line + comment])
    assert found == ([model + comment, line + comment] if is_like else [model + comment])


def test_a_row_of_statements_is_taken_apart_by_the_lines_of_their_models():
    text = "  a;\n  b;\n  {\n    c;\n  }\n\n  d;\n  {\n    e;\n  }\n  f;\n"
    at = text.index
    model, block = (at("a"), at("a") + 2, 1), (at("{"), at("}") + 1, 2)
    row = (at("d"), at("f") + 2, 5)
    rows = {5: [(5, 1), (6, 2), (9, 3), (7, 1)]}  # the model 3 wrote nothing
    placed = spread(text, [model, block, row], rows)
    assert [text[a:b] for a, b, _ in placed[2:]] == ["d;", "{\n    e;\n  }", "f;"]
    assert [number for _, _, number in placed] == [1, 2, 5, 6, 7]
    assert spread(text, [model, block, row], {5: [(5, 1), (6, 1)]}) == [model, block]
    assert spread(text, [model], {}) == [model]
