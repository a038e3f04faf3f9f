"""Characters have the mark of the very node that wrote them, where texts need temporaries."""

from pathlib import Path

import pytest

import viz
from tests.support.marks import check_invariants
from viz.codegen import emit
from viz.codegen.marks.temporary_values import TOKEN, TemporaryValues, set_before
from viz.provenance.coverage import coverage

CASES = Path(__file__).parents[2] / "cases" / "marks"

PROGRAMS = {
    "min_operand_of_two_statements": "c",
    "min_in_max": "c",
    "same_min_twice": "c",
    "half2_sigmoid": "cuda",
    "padded_symbolic_matmul": "cuda",
    "vector_index_in_condition": "cuda",
    "conditional_in_index": "cuda",
    "fragments": "cuda",
    "matrices_by_assembly": "cuda",
    "kernel_without_work": "cuda",
}


def emitted(name, target):
    text = (CASES / f"{name}.py").read_text(encoding="utf-8")
    return viz.inspect(text, [target], finals=True).targets[target]


@pytest.mark.parametrize(("name", "target"), PROGRAMS.items())
def test_every_character_belongs_to_its_own_node(name, target):
    found = emitted(name, target)
    for emission in found.source.emissions:
        assert emission.verified == "expressions"
        assert emission.exact == 1
        assert coverage(found.origins, found.final, emission).ancestor == 0
        check_invariants(emission, found.final)


def marks_of(found, text):
    """Return the nodes with a mark on a piece of text, outer ones first, for each place of it."""
    emission = found.source.emissions[0]
    at, places = emission.text.find(text), []
    while at >= 0:
        here = [m.node for m in emission.marks if (m.start, m.end) == (at, at + len(text))]
        places.append([found.final.nodes[node] for node in here])
        at = emission.text.find(text, at + 1)
    return places


def test_an_operand_that_is_written_once_belongs_to_the_first_of_the_equal_ones():
    found = emitted("min_operand_of_two_statements", "c")
    [[operand]] = [nodes for nodes in marks_of(found, "offset[i] + k") if nodes]
    first, second = marks_of(found, "((v_) < (0) ? (v_) : (0))")
    assert (operand.type_key, first[0].type_key, second[0].type_key) == (
        "prim.Add",
        "prim.Min",
        "prim.Min",
    )
    assert operand.path.startswith(first[0].path)
    assert not operand.path.startswith(second[0].path)


def test_offsets_of_pointers_are_told_from_the_lanes_of_registers():
    found = emitted("matrices_by_assembly", "cuda")
    text, nodes = found.source.emissions[0].text, found.final.nodes
    at = text.index("c_ptr + 0))[0]")
    marks = {(m.start, m.end): nodes[m.node] for m in found.source.emissions[0].marks}
    offset = marks[at + len("c_ptr + "), at + len("c_ptr + 0")]
    assert (offset.type_key, offset.path.rpartition(".")[2]) == ("ir.IntImm", "args[11]")
    assert (at + len("c_ptr + 0))["), at + len("c_ptr + 0))[0")) not in marks


def test_half2_arithmetic_has_a_mark_for_each_operation():
    found = emitted("half2_sigmoid", "cuda")
    text = found.source.emissions[0].text
    start = text.index("half2 __2;")
    for sign, temporary, key in [("/", "__2", "prim.Div"), ("-", "__5", "prim.Sub")]:
        begin = text.index(f"half2 {temporary};", start)
        end = text.index(";", text.index(f"{temporary}.y =", begin)) + 1
        assert sign in text[begin:end]
        [[node]] = marks_of(found, text[begin:end])
        assert node.type_key == key


def test_an_expression_that_cannot_be_written_alone_costs_no_other_its_mark(monkeypatch):
    write, refused = emit.write, []

    def refusing(mod, target):
        text = write(mod, target)
        if '"viz{' in text and "make_int2" in text:
            refused.append(text)
            raise ValueError("no name for a vector of two integers")
        return text

    monkeypatch.setattr(emit, "write", refusing)
    found = emitted("half2_sigmoid", "cuda")
    assert refused
    assert found.source.emissions[0].verified == "expressions"
    assert 0.95 < found.source.emissions[0].exact <= 1


def test_an_exact_share_counts_what_the_coverage_counts(monkeypatch):
    # Nothing is written alone: the operations on vectors have no marks of their own.
    write = emit.write

    def refusing(mod, target):
        text = write(mod, target)
        if '"viz{' in text:
            raise ValueError("nothing stands alone")
        return text

    monkeypatch.setattr(emit, "write", refusing)
    found = emitted("half2_sigmoid", "cuda")
    emission = found.source.emissions[0]
    measured = coverage(found.origins, found.final, emission)
    assert measured.ancestor > measured.exact > 0
    assert emission.exact == pytest.approx(measured.exact / measured.characters)


def values(text, interned, *, before=""):
    outside = set_before(before + text, len(before), interned, before or "text")
    return TemporaryValues(TOKEN.findall(text), outside, interned)


def test_temporaries_of_equal_values_were_set_by_equal_texts():
    interned = {}
    one = values("int2 v_ = f(a); int2 __1; __1.x = (v_.x+v_.x); B[v_.x] = __1.x;", interned)
    other = values("int2 v__4 = f(a); int2 __7; __7.x = (v__4.x+v__4.x);", interned)
    unlike = values("int2 v__4 = f(b); int2 __7; __7.x = (v__4.x+v__4.x);", interned)
    assert one.value("__1") == other.value("__7") != unlike.value("__7")
    assert one.value("v_") == other.value("v__4") != unlike.value("v__4")
    # What was set before counts as what is set inside.
    later = values("int2 __9; __9.x = (v_.x+v_.x);", interned, before="int2 v_ = f(a);\n")
    assert later.value("__9") == one.value("__1")
    unknown = values("int2 __9; __9.x = (v_.x+v_.x);", interned)
    assert unknown.value("__9") != one.value("__1")


def test_a_conditional_has_the_value_of_its_branches_with_any_parentheses_around_its_condition():
    interned = {}
    branches = "{ condval = a; } else { float v__3 = g(b); condval = v__3; }"
    one = values(f"float condval; if (x < y) {branches} c = condval;", interned)
    other = values(f"float condval; if ((x < y)) {branches}".replace("v__3", "v__5"), interned)
    unlike = values(f"float condval; if (x < z) {branches}", interned)
    assert one.value("condval") == other.value("condval") != unlike.value("condval")
