"""Parts of clone marks: counted characters, compared tokens, runs of clones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.codegen.marks.clones.elide import ElidedText
from viz.codegen.marks.clones.runs import elide, with_temporaries_of
from viz.codegen.marks.clones.token_compare import TokenComparison
from viz.marking.align import BLANK
from viz.marking.char_index import (
    BLANKS,
    NEITHER,
    NON_BLANK,
    UNBRACKETED,
    Characters,
    Chosen,
    narrow,
)

TEXTS = st.text(alphabet='ab_1 ()\n\t;é中"', max_size=70)


@given(TEXTS)
def test_characters_are_counted_and_found_as_one_by_one(text):
    for table, others in ((NON_BLANK, BLANKS), (UNBRACKETED, NEITHER)):
        places = [at for at, each in enumerate(text) if each not in others.decode()]
        chosen = Chosen(narrow(text), table)
        before = [sum(place < at for place in places) for at in range(len(text) + 1)]
        assert chosen.before(np.arange(len(text) + 1)).tolist() == before
        assert chosen.offsets(np.arange(len(places))).tolist() == places
    plain = Characters(text)
    assert "".join(map(chr, plain.non_blank_codes)) == "".join(text.split())
    assert "".join(map(chr, plain.unbracketed_codes)) == "".join(text.split()).translate(
        str.maketrans("", "", "()")
    )


def alike(lines, loose=()):
    """Return which lines say what the first one says, by what :class:`TokenComparison` finds."""
    text = "\n".join(lines) + "\n"
    ends = np.cumsum([len(line) + 1 for line in lines]).tolist()
    ranges = [(end - 1 - len(line), end - 1) for line, end in zip(lines, ends, strict=True)]
    marks = np.array([(0, len(lines[0]))])
    rows, edges = TokenComparison(text).matches(ranges, marks, list(loose))
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


RUNS = {5: [(5, 1), (6, 2), (9, 3), (7, 1)]}
"""Copies, each with its model; the model 3 wrote nothing."""
WRITTEN = "  x;\n  {\n    y;\n  }\n\n  z;\n"
MARKED = """
  "viz<1";
  a;
  "viz>1";
  "viz<2";
  {{
    __viz4(b);
  }}
  "viz>2";
  "viz<3";
  "viz>3";
  "viz<5";
{run}  "viz>5";
  f;
"""


@pytest.mark.parametrize(
    ("run", "only_needed"), [("", True), ("  x;\n", True), (WRITTEN.replace("\n\n", "\n"), False)]
)
def test_a_run_of_statements_is_taken_apart_by_the_lines_of_their_representatives(run, only_needed):
    text = "\n  a;\n  {\n    b;\n  }\n  c;\n  {\n    d;\n  }\n  e;\n  f;\n"
    found = elide(MARKED.format(run=run), "viz", text, RUNS, only_needed=only_needed)
    placed = {number: text[a:b] for a, b, number in found.clones}
    assert placed == {5: "c;", 6: "{\n    d;\n  }", 7: "e;"}
    assert f'"viz<5";{BLANK * 3}"viz>5";' in found.marked
    short = ElidedText(text, found.cuts).text
    assert short == f"\n  a;\n  {{\n    b;\n  }}\n  {BLANK}\n  {BLANK}\n  {BLANK}\n  f;\n"


def test_a_run_with_other_lines_than_its_representatives_has_no_places():
    text = "\n  a;\n  {\n    b;\n  }\n" + WRITTEN + "  f;\n"
    found = elide(MARKED.format(run=WRITTEN), "viz", text, RUNS, only_needed=False)
    assert found.clones == []
    assert [text[a:b] for a, b in found.cuts] == [WRITTEN.strip()]
    # A text that ends before the run does.
    assert elide(MARKED.format(run=""), "viz", text[:40], RUNS, only_needed=True).cuts == []


@pytest.mark.parametrize(
    ("marked", "text", "named"),
    [
        ("v__1 = __2 + v__1;", "v__9 = __4 + v__9;", "v__9 = __4 + v__9;"),
        ("__viz12(__2) + av__1;", "__3 + av__1;", "__viz12(__3) + av__1;"),
        ("v__1 = __2;", "v__9 = __4; v__9;", "v__1 = __2;"),
        ("v__1 = __2 + v__1;", "v__9 = __4 + v__8;", "v__1 = __2 + v__1;"),
        ("v__1 = __2;", "v__9 = v__9;", "v__1 = __2;"),
    ],
)
def test_temporaries_are_called_as_in_the_text_where_they_stand_for_each_other(marked, text, named):
    assert with_temporaries_of(text, marked) == named
