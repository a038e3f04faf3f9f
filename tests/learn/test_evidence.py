"""Answers are computed from the engine's replies about a lesson's program."""

import pytest

from viz.learn.answers import drawn, frame, solved
from viz.learn.errors import FormError
from viz.learn.evidence import Stop, TreePlace
from viz.learn.queries import query_of
from viz.learn.reading import read
from viz.learn.truth import check, gathered

HEAD = '+++\ntitle = "T"\nsummary = "S"\nprogram = "relu_bias"\n+++\n'


def answers_of(*tables, program="relu_bias", targets='["c"]'):
    """Return what queries, as TOML, give for an example."""
    head = HEAD.replace("relu_bias", program).replace("program", f"targets = {targets}\nprogram")
    blocks = "".join(
        f'```question\nask = "?"\nanswer = {table}\nchoices = ["?"]\n```\n' for table in tables
    )
    lesson = read(head + blocks, "01_a")
    evidence = gathered(lesson)
    return [evidence.value(question.answer) for question in lesson.questions]


def test_nodes_passes_and_texts_are_found():
    found = answers_of(
        '{count = "For"}',  # two nests of two loops
        '{count = "BufferStore"}',
        '{node = "Max"}',
        '{node = "Max", parent = true}',
        '{dtype_of = {node = "Max"}}',
        '{type_of = {node = "*", text = "X[vi, vj]  +  bias[vj]"}}',
        '{pass_removing = "SBlock"}',
        '{pass_adding = "AssertStmt"}',
        '{occurrences = "for ("}',
        '{wrote = "biased[cse_v2]"}',
        '{rounds_of = {node = "BufferStore"}}',  # in loops of 64 and 128
        '{use_of = "biased"}',  # the first nest writes it, the second reads it
        '{use_of = "bias"}',
        '{use_of = "Y"}',
        '{field_of = {node = "Max"}}',
        '{pass_after = "LowerOpaqueBlock"}',
        '{thread_of = {node = "For"}}',
    )
    maximum = "main.body.block.body.seq[1].body.body.block.body.value"
    assert found[:6] == [
        4,
        2,
        TreePlace(tree="input", path=maximum),
        TreePlace(tree="input", path=maximum.removesuffix(".value")),
        "float32",
        "Add",
    ]
    assert isinstance(found[6], Stop)
    assert found[6].name == "s_tir.LowerOpaqueBlock"
    assert found[7].name == "tirx.MakePackedAPI"
    assert found[8] == 4
    assert found[9] == TreePlace(tree="input", path=f"{maximum}.a")
    assert found[10:15] == [8192, "both", "read", "written", "value"]
    assert found[15].name == "tirx.FlattenBuffer"
    assert found[16] == "none"


def test_a_gpu_is_asked_about_its_schedule():
    found = answers_of(
        '{schedule_rule = "cuda"}',
        '{refused = "cuda"}',
        '{count = "For", at = "cuda"}',
        '{node = "For", at = "cuda/scheduled", label = "threadIdx.x"}',
        '{thread_of = {node = "For", at = "cuda/scheduled", label = "threadIdx.x"}}',
        targets='["cuda"]',
    )
    assert found[:3] == ["dlight.gpu.Fallback", "no", 0]
    assert found[3].tree == "cuda/scheduled"
    assert found[4] == "threadIdx.x"
    assert answers_of('{refused = "cuda"}', program="if_double") == ["yes"]


def test_what_is_not_there_is_said():
    lesson = read(HEAD + '```question\nask = "?"\nanswer = {node = "While"}\n```\n', "01_a")
    evidence = gathered(lesson)
    with pytest.raises(FormError, match="finds nothing"):
        evidence.value(lesson.questions[0].answer)
    assert solved(lesson.questions[0], evidence).problem is not None
    # An expression runs as often as its statement, which is to be asked about; no buffer is Z.
    for table in ({"rounds_of": {"node": "Max"}}, {"use_of": "Z"}):
        with pytest.raises(FormError, match="finds nothing"):
            evidence.value(query_of(table))
    with pytest.raises(FormError, match="finds nothing"):
        evidence.value(query_of({"label_of": {"node": "Max", "nth": 2}}))


def test_one_choice_is_right():
    rows = (
        '"Max", "Add"',  # one is
        '"Sub", "Add"',  # none is
        '{words = "a", value = "Max"}, {words = "b", value = "Max"}',  # both are
        '{words = "a", when = {count = "For"}, is = 4}, {words = "b", when = {count = "For"}, is = 5}',
    )
    blocks = "".join(
        f'```question\nask = "?"\nanswer = {{type_of = {{node = "Max"}}}}\nchoices = [{row}]\n```\n'
        for row in rows
    )
    lesson = read(HEAD + blocks, "01_a")
    evidence = gathered(lesson)
    found = [solved(question, evidence) for question in lesson.questions]
    assert [answer.right for answer in found] == [0, None, None, 0]
    assert [answer.problem is None for answer in found] == [True, False, False, True]


def test_the_frame_has_what_links_and_figures_stand_for():
    text = (
        HEAD
        + """
[max](node:Max), [gone](node:While), [flat](stage:FlattenBuffer).

```figure
of = {node = "Max"}
depth = 1
```

```figure
of = {node = "Max"}
targets = ["c", "cuda"]
```
"""
    )
    lesson = read(text, "01_a")
    evidence = gathered(lesson)
    made = frame(lesson, evidence)
    assert [*made["places"]] == ["node:Max"]
    assert [*made["stops"]] == ["FlattenBuffer"]
    tree, texts = (drawn(figure, evidence) for figure in lesson.figures)
    assert [child.title for child in tree.node.children] == ["TensorLoad", "FloatImm"]
    assert all(child.more == (child.title == "TensorLoad") for child in tree.node.children)
    assert [target for target, _ in texts.texts] == ["c", "cuda"]
    assert "max(" in texts.texts[1][1]
    assert "max(" not in texts.texts[0][1]


def test_a_pack_is_checked_with_the_line_of_each_mistake(tmp_path):
    good = HEAD + '\n```question\nask = "?"\nanswer = {count = "For"}\n```\n'
    (tmp_path / "en").mkdir()
    (tmp_path / "zh").mkdir()
    (tmp_path / "en" / "01_a.md").write_text(
        good
        + "\n[a](node:While) and [b](lesson:02_b) and [c](stage:NoPass) and [d](term:nothing)\n"
    )
    (tmp_path / "zh" / "01_a.md").write_text(good.replace('"For"', '"While"'))
    (tmp_path / "en" / "02_b.md").write_text(HEAD + "\nwords\n")
    messages = [error.message.removeprefix(f"{tmp_path}/") for error in check(tmp_path)]
    assert [message.partition(":")[0] for message in messages] == [
        "en/01_a.md, line 12",
        "en/01_a.md, line 12",
        "en/01_a.md, line 12",
        "zh/01_a.md, line 7",
        "en/02_b.md, line 1",
    ]
    assert "finds nothing" in messages[0]
    assert "NoPass" in messages[1]
    assert "no term" in messages[2]
    assert "in the other language" in messages[3]
    assert "missing in the language zh" in messages[4]
