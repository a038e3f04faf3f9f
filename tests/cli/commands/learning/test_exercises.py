"""``exercises`` lists, shows, gives hints and solutions, and checks an answer."""

from viz.cli import main
from viz.learn.exercises.reading import find


def test_exercises_are_listed_and_shown_in_both_languages(capsys):
    assert main(["exercises"]) == 0
    english = capsys.readouterr().out.splitlines()
    assert main(["--lang", "zh", "exercises"]) == 0
    chinese = capsys.readouterr().out.splitlines()
    assert len(english) == len(chinese) == 12 + 3
    assert english[0] == "Level 1: One place of a program"
    assert english[2].split() == ["02_ragged_tail", "Guard", "the", "ragged", "tail"]
    assert "守住参差的尾部" in chinese[2]
    assert main(["exercises", "2"]) == 0
    shown = capsys.readouterr().out
    assert "for thread in T.thread_binding(256" in shown
    assert shown.endswith("# 3 hints\n")


def test_hints_come_by_number_and_the_solution_by_name(capsys):
    assert main(["exercises", "hint", "02_ragged_tail", "2"]) == 0
    hints = capsys.readouterr().out.splitlines()
    assert [hint[:2] for hint in hints] == ["1.", "2."]
    assert "`if`" in hints[1]
    assert main(["exercises", "solution", "2"]) == 0
    assert capsys.readouterr().out == find("2").solution
    assert main(["exercises", "program", "2"]) == 0
    assert capsys.readouterr().out == find("2").text


def test_an_answer_is_checked_with_words_and_places(tmp_path, capsys):
    exercise = find("03_wrong_index")
    answer = tmp_path / "mine.py"
    answer.write_text(exercise.text)
    assert main(["exercises", "check", exercise.name, str(answer)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "✗ On fresh random inputs the outputs are right: C, LLVM." in said
    assert any(line.startswith("    line 8: on C 24 of 32 elements are wrong") for line in said)
    assert said[-1] == "1 check has failed."
    answer.write_text(exercise.solution)
    assert main(["--lang", "zh", "exercises", "check", "3", str(answer)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "做对了。"


def test_what_the_command_does_not_know_is_wrong_usage(capsys):
    for words in (["nothing"], ["hint", "2", "no"], ["check", "2"], ["solution", "99"]):
        assert main(["exercises", *words]) == 2
    assert "no exercise '99'" in capsys.readouterr().err
