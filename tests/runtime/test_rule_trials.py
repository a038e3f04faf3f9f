"""Rules that a user writes: right ones, wrong ones, and hostile ones in the jail."""

import pytest

import viz
from tests.support.programs.examples import EXAMPLES, parsed
from tests.support.programs.hostile_rules import HOSTILE, binary
from viz.errors import RequestError, RunError, VizError
from viz.frontend.examples import examples
from viz.harness import rule_task as tasks
from viz.ir.walker import walk
from viz.model import Mark, RulePart
from viz.runtime.rule_trial.trial import trial
from viz.step.own_rules import OFFERED, our_text

IF_DOUBLE = examples()["if_double"].text
LOOP = (
    "def rule(w, n):\n"
    '    return ("for ", n["loop_var"], " in range(", n["extent"], "):", Block((n["body"],)))\n'
)


def tried(rules, name="if_double", **options):
    """Try rules in this process."""
    program = parsed(name)
    part = RulePart(rules=rules, **options)
    return trial(program, walk(program.mod, user_span=program.user_span), "main", part)


@pytest.mark.parametrize("rules", [{"Mul": binary(10, "*")}, {"tirx.For": LOOP}])
def test_a_right_rule_writes_our_text(rules):
    told = tried(rules)
    assert told.passed
    assert told.difference is None
    assert told.emission == told.ours
    assert (told.outputs, [each.name for each in told.comparisons]) == ("match", ["x"])
    assert list(told.uses.values()) == [1]


def test_another_text_may_compute_the_same():
    told = tried({"Mul": 'def rule(w, of):\n    return 9, (of.part["a"], " + ", of.part["a"])'})
    assert told.passed
    assert told.outputs == "match"
    assert told.difference.got.endswith("x[i] = x[i] + x[i]")


def test_a_wrong_rule_is_shown_where_the_texts_part():
    told = tried({"Mul": binary(9, "+")})
    assert not told.passed
    assert told.outputs == "differ"
    where = told.difference
    assert (where.line, where.column, where.title) == (4, 25, "Mul *")
    assert where.got.endswith("x[i] = x[i] + 2")
    assert where.expected.endswith("x[i] = x[i] * 2")
    assert IF_DOUBLE[where.span.start : where.span.end] == "x[i] * 2"


WRONG = {
    "def rule(w, of)\n    pass": (1, "no Python: expected ':'"),
    "def other(w, of): pass": (0, "defines no function named rule"),
    "x = 1 / 0": (1, "ZeroDivisionError"),
    'def rule(w, of):\n    a = 1\n    return a, (of.part["c"],)': (
        3,
        "no child 'c'; its children: a, b",
    ),
    "def rule(w, of):\n    return 1, (missing,)": (2, "name 'missing' is not defined"),
    "def rule(w, of):\n    return None": (1, "returned a NoneType"),
    "def rule(w, of):\n    return 'x'": (1, "returned a str: the rule of an expression"),
    "def rule(w, of):\n    return 1, 5": (1, "returned a int, where a tuple of pieces"),
    "def rule(w, of):\n    return 1, (5,)": (1, "one of its pieces is a int"),
    "def rule(w, of):\n    return 1, (Block((None,)),)": (1, "one of its pieces is a NoneType"),
    "def rule(w, of):\n    return 1, (of,)": (0, "hand a node to itself"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_named_with_the_line_of_the_rule(text):
    line, words = WRONG[text]
    told = tried({"Mul": text})
    assert (told.emission, told.outputs, told.passed) == (None, "not-run", False)
    assert words in told.error.what.text()
    assert (told.error.rule, told.error.line) == ("prim.Mul", line)
    assert told.error.line_text == (text.split("\n")[line - 1].strip() if line else "")


WRONG_TEXTS = {
    "def rule(w, n):\n    return ('for ', n['loop_var'], ' on x:', Block((n['body'],)))": (
        2,
        "is no Python: invalid syntax",
    ),
    "def rule(w, n):\n    return ('for ', n['loop_var'], ' in 5:', Block((n['body'],)))": (
        2,
        "TypeError: 'int' object is not iterable",
    ),
    "def rule(w, n):\n    return ('while True:', Block(('pass',)))": (
        0,
        "more than 5,000,000 rounds",
    ),
}


@pytest.mark.parametrize("text", WRONG_TEXTS)
def test_a_mistake_of_the_text_is_named_with_its_line(text):
    line, words = WRONG_TEXTS[text]
    told = tried({"For": text})
    assert words in told.error.what.text()
    assert (told.error.rule, told.error.line) == ("", line)
    assert told.emission.text.split("\n")[line - 1].strip() == told.error.line_text or not line
    assert told.difference.line == 2


def test_time_is_limited(monkeypatch):
    monkeypatch.setattr(tasks, "RULE_SECONDS", 0.2)
    told = tried({"Mul": "def rule(w, of):\n    while True: pass"})
    assert "stopped after 0.2 seconds" in told.error.what.text()
    monkeypatch.setattr(tasks, "RUN_SECONDS", 0.2)
    told = tried({"For": 'def rule(w, n):\n    return ("for i in iter(int, 1): pass",)'})
    assert "stopped after 0.2 seconds" in told.error.what.text()


def test_there_is_no_such_rule():
    with pytest.raises(RequestError, match="no rule named 'Nope'"):
        tried({"Nope": LOOP})
    with pytest.raises(RunError, match="more than 20,000 characters"):
        tried({"For": "#" * 20_001})


@pytest.mark.parametrize("name", EXAMPLES)
def test_pseudo_c_is_written_of_every_example(name, golden):
    """Its text is linked as every text is; some are kept, to be read."""
    program = parsed(name)
    tree = walk(program.mod)
    if name.startswith("tirx"):
        with pytest.raises(RunError, match=r"pseudo-C has no rule for tirx\.ScopeIdDefStmt"):
            our_text(tree, "pseudo-c")
        return
    emission = our_text(tree, "pseudo-c")
    assert emission.text.count("{") == emission.text.count("}")
    assert tasks._nest(tasks.TriedRules(emission.text, emission.marks), len(tree.nodes))
    if name in ("if_double", "softmax", "if_else"):
        golden.check(f"pseudo_c/{name}.txt", emission.text)


def test_a_rule_of_the_small_target():
    told = tried({"For": LOOP}, language="pseudo-c")
    assert (told.outputs, told.passed, told.error) == ("not-run", False, None)
    assert told.difference.expected == "    for (int i = 0; i < 32; ++i) {"
    ours = {
        "For": "def rule(w, n):\n    i = n['loop_var']\n"
        "    return ('for (int ', i, ' = 0; ', i, ' < ', n['extent'], '; ++', i, ') {',"
        " Block((n['body'],)), NEWLINE, '}')"
    }
    assert tried(ours, language="pseudo-c").passed


def test_what_a_rule_may_name_is_what_ours_are_made_of():
    assert {"ATOM", "NEWLINE", "Block", "Helper", "Operand", "joined", "typed"} <= OFFERED.keys()
    assert {"infix", "call", "function", "element"} <= OFFERED.keys()
    assert not {"message_of", "RunError", "re", "builtins", "Tree"} & OFFERED.keys()


@pytest.mark.parametrize(
    "marks",
    [(Mark(0, 5, 10**6),), (Mark(3, 1, 0),), (Mark(0, 99, 0),), (Mark(0, 4, 0), Mark(2, 6, 0))],
)
def test_marks_that_no_walk_makes_are_not_believed(marks):
    program = parsed("if_double")
    task = tasks.RuleTask(walk(program.mod), {}, "python", "main", {}, None)
    believed = tasks.believed(tasks.TriedRules("0123456789", marks), task)
    assert believed.text == ""
    assert "no walk over the tree" in believed.error.what.text()


# ---------------------------------------------------------------- in the jail


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_rule_harms_nobody(what):
    rule, expected = HOSTILE[what]
    assert expected in said_of(rule)


def said_of(rule):
    """Return what is said of a rule for Mul that is tried in the jail."""
    try:
        told = viz.try_rules(IF_DOUBLE, {"Mul": rule})
    except VizError as error:
        return error.message
    return told.error.what.text() if told.error else told.outputs


def test_a_rule_is_tried_in_the_jail():
    told = viz.try_rules(IF_DOUBLE, {"Mul": binary(10, "*")})
    assert told.passed
    assert told.outputs == "match"
