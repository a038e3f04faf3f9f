"""Each exercise has a solution that passes and three wrong answers that fail with words that help."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from tests.support.programs.thorough import usually
from viz.errors import RequestError
from viz.learn.errors import LessonError
from viz.learn.exercises.asking import ExerciseAnswer
from viz.learn.exercises.check import asked_of, check_exercise
from viz.learn.exercises.reading import find, read, shipped
from viz.messages import LANGUAGES

WRONG = tomllib.loads(Path(__file__).with_name("wrong_answers.toml").read_text(encoding="utf-8"))
NAMES = [exercise.name for exercise in shipped()["en"]]
WRONG_ONES = [f"{name}.{wrong}" for name, rows in WRONG.items() for wrong in rows]
USUAL = {
    "02_ragged_tail.without_the_tail",
    "03_wrong_index.out_of_the_row",
    "04_overflow.float_in_between",
    "05_race.in_turns",
    "06_coalesce.four_at_once",
    "10_rule_for.up_to_the_extent",
    "11_broken_pass.the_last_one",
    "12_matmul.a_step_that_fails",
}
"""One of each kind of check, the quick ones where there is a choice."""


def answer_of(exercise, wrong):
    """Return a wrong answer: a text, or edits of the solution, each of which has to apply."""
    text = wrong.get("text", "").lstrip("\n") or exercise.solution
    for old, new in wrong.get("edits", ()):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def told(verdict):
    """Return what the failed checks say, in both languages."""
    return {
        language: [
            " ".join(m.text(language) for m in (r.wanted, r.found) if m is not None)
            for r in verdict.results
            if not r.passed
        ]
        for language in LANGUAGES
    }


def test_there_are_twelve_of_three_levels_each_with_three_wrong_answers():
    assert len(NAMES) == 12
    levels = [exercise.level for exercise in shipped()["en"]]
    assert sorted(set(levels)) == [1, 2, 3]
    assert levels == sorted(levels)
    assert [*WRONG] == NAMES
    assert all(len(rows) == 3 for rows in WRONG.values())


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_all_words(name):
    english, chinese = (find(name, language) for language in LANGUAGES)
    assert 3 <= len(english.hints) == len(chinese.hints)
    assert [block.form for block in english.blocks] == [block.form for block in chinese.blocks]
    for own, other in (
        (chinese.title, english.title),
        (chinese.summary, english.summary),
        *zip(map(str, chinese.hints), map(str, english.hints), strict=True),
        *(
            (str(a.words), str(b.words))
            for a, b in zip(chinese.blocks, english.blocks, strict=True)
        ),
    ):
        assert own != other
        assert any(ord(c) > 0x2E80 for c in own)
        assert not any(ord(c) > 0x2E80 for c in other)
    # All but the words is one.
    words = dict.fromkeys(("title", "summary"), "") | {"blocks": (), "hints": ()}
    assert msgspec.structs.replace(english, **words) == msgspec.structs.replace(chinese, **words)


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes_and_no_hint_writes_it_out(name):
    exercise = find(name)
    verdict = check_exercise(name, exercise.solution)
    assert told(verdict)["en"] == []
    assert verdict.passed
    shown = " ".join(str(words) for words in (*exercise.hints, *(b.words for b in exercise.blocks)))
    new = set(exercise.solution.splitlines()) - set(exercise.text.splitlines())
    assert not all(line.strip() in shown for line in new)


@pytest.mark.parametrize("wrong", usually(WRONG_ONES, USUAL))
def test_a_wrong_answer_is_told_what_is_wrong(wrong):
    name, _, which = wrong.partition(".")
    row = WRONG[name][which]
    verdict = check_exercise(name, answer_of(find(name), row))
    assert not verdict.passed
    says = told(verdict)
    assert any(row["says"] in words for words in says["en"]), says["en"]
    assert all(any(ord(c) > 0x2E80 for c in words) for words in says["zh"])
    if "line" in row:
        lines = [
            r.line
            for r, words in zip(
                (r for r in verdict.results if not r.passed), says["en"], strict=True
            )
            if row["says"] in words
        ]
        assert row["line"] in lines


@pytest.mark.parametrize("name", usually(NAMES, {"11_broken_pass"}))
def test_the_program_that_it_begins_with_is_not_solved(name):
    exercise = find(name)
    answer = (
        exercise.text if exercise.form == "program" else "def rule(w, n):\n    return ('For',)\n"
    )
    assert not check_exercise(name, answer).passed


def test_inputs_are_drawn_anew_and_nothing_to_compare_with_comes_from_the_answer():
    exercise = find("03_wrong_index")
    for text, passes in ((exercise.solution, True), (exercise.text, False)):
        answer = (
            f'{text}\n\nRANGES = {{"A": (0.0, 1e-9)}}\n\n\ndef reference(A):\n    return A * 0\n'
        )
        assert check_exercise("3", answer).passed is passes
    assert len({asked_of(exercise, "").seed for _ in range(6)}) > 1
    # Hidden programs have other numbers for another seed.
    rule = find("10_rule_for")
    check = rule.checks[0]
    texts = {
        ExerciseAnswer(exercise=rule, answer="", seed=seed).hidden(check, 1) for seed in range(6)
    }
    assert len(texts) > 1
    assert "$" not in "".join(texts)


def test_what_cannot_be_read_is_said_once_with_its_line():
    answer = find("02_ragged_tail").solution.replace("if block", "if blok")
    verdict = check_exercise("02_ragged_tail", answer)
    assert [result.passed for result in verdict.results] == [False]
    assert "blok" in verdict.results[0].found.text()
    assert verdict.results[0].line == 8


FOREIGN = [
    ("from viz.step.rules import loop; return loop(w, n)", "import"),
    ("return eval('__imp' + 'ort__')('viz.step.rules', fromlist=['x']).loop(w, n)", "eval"),
    ("return getattr(rule, '__glob' + 'als__')", "getattr"),
    ("w._statements.clear()", "_statements"),
]


@pytest.mark.parametrize(("line", "name"), FOREIGN)
def test_a_rule_that_calls_ours_is_refused(line, name):
    answer = f"def rule(w, n):\n    {line}\n"
    verdict = check_exercise("10_rule_for", answer)
    assert not verdict.passed
    assert any(f"it uses {name}" in words for words in told(verdict)["en"])


def test_other_parameters_are_told_from_those_of_the_exercise():
    answer = find("03_wrong_index").solution.replace("(4, 8)", "(8, 8)")
    verdict = check_exercise("03_wrong_index", answer)
    assert any("main takes A: float32 (8, 8)" in words for words in told(verdict)["en"])


def test_an_exercise_that_is_not_there_and_one_that_cannot_be_read(tmp_path):
    with pytest.raises(RequestError, match="no exercise 'nothing'"):
        find("nothing")
    table, text = tmp_path / "a.toml", tmp_path / "a.md"
    text.write_text('+++\ntitle = "T"\nsummary = "S"\n+++\n\nText.\n')
    table.write_text('level = 1\nprogram = ""\nsolution = ""\nchecks = [{sane = ["c"]}]\n')
    with pytest.raises(LessonError, match="a check is a table"):
        read(table, text)
