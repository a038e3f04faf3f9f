"""``quiz`` prints questions, asks them in a terminal, and gives them as JSON."""

import json

import pytest

from viz.cli import main
from viz.frontend.examples import examples
from viz.learn.quiz.making import quiz_of

NAME = "add_one"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(examples()[NAME].text)
    return str(path)


def test_questions_are_printed_and_asked_and_given_as_data(file, capsys, monkeypatch):
    quiz = quiz_of(examples()[NAME].text, seed=5, questions=6)
    assert main(["quiz", file, "--seed", "5", "--questions", "6"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Quiz 5: 6 questions\n")
    assert "→" not in printed
    assert main(["--lang", "zh", "quiz", file, "--seed", "5", "--questions", "6", "--answers"]) == 0
    chinese = capsys.readouterr().out
    assert chinese.count("→") == 6
    assert chinese.startswith("测验 5：6 道题")

    # As data, without the answers and with them.
    assert main(["quiz", file, "--seed", "5", "--questions", "6", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert [row["kind"] for row in plain["questions"]] == [q.kind for q in quiz.questions]
    assert not any("right" in row or "value" in row for row in plain["questions"])
    assert main(["quiz", file, "--seed", "5", "--questions", "6", "--json", "--answers"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert [row["right"] for row in whole["questions"]] == [q.right for q in quiz.questions]

    # In a terminal: the first is wrong at first, the second is given up, the others are right.
    first, _, *others = quiz.questions
    assert first.right is not None
    typed = ["maybe", "abcd"["abcd"[0] == letter(first)], letter(first), ""]
    typed += [letter(question) for question in others]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: typed.pop(0))
    assert main(["quiz", file, "--seed", "5", "--questions", "6"]) == 0
    asked = capsys.readouterr().out
    assert typed == []
    assert asked.count("Not yet.") == 1
    assert asked.count("Right.") == 5
    assert asked.count("→") == 1
    assert "Type a letter." in asked
    assert asked.endswith("4 of 6 right at once.\n")


def letter(question):
    """Return what one types for the right answer."""
    return str(question.solved.value) if question.right is None else "abcd"[question.right]


def test_a_quiz_has_a_limit_and_wants_a_program(tmp_path, capsys):
    path = tmp_path / "no.py"
    path.write_text("@T.prim_func\ndef f(")
    assert main(["quiz", str(path)]) == 1
    assert "error" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["quiz", str(path), "--questions", "31"])
    assert "no number from 1 to 30" in capsys.readouterr().err
