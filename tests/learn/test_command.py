"""``lessons`` lists lessons and checks those of a folder."""

from viz.cli import main

LESSON = (
    '+++\ntitle = "T"\nsummary = "S"\nprogram = "if_double"\n+++\n\n'
    '```question\nask = "?"\nanswer = {count = "NODE"}\nchoices = [1, 2]\n```\n'
)


def test_lessons_are_listed_in_both_languages(capsys):
    assert main(["lessons"]) == 0
    english = capsys.readouterr().out.splitlines()
    assert main(["--lang", "zh", "lessons"]) == 0
    chinese = capsys.readouterr().out.splitlines()
    assert len(english) == len(chinese) == 18
    assert english[1].startswith("02_tree")
    assert "From a program to a tree (3 questions)" in english[1]
    assert "从程序到树" in chinese[1]


def test_a_folder_is_checked(tmp_path, capsys):
    (tmp_path / "01_a.md").write_text(LESSON.replace("NODE", "For"))
    assert main(["lessons", "check", str(tmp_path)]) == 0
    assert "is true" in capsys.readouterr().out
    # Two nodes read an element of x; no choice says three.
    (tmp_path / "02_b.md").write_text(LESSON.replace("NODE", "TensorLoad").replace("1, 2", "1, 3"))
    assert main(["lessons", "check", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert f"{tmp_path / '02_b.md'}, line 7: 0 of the choices are right" in said
    assert "1 mistake" in said


def test_a_folder_without_lessons_is_an_error(tmp_path, capsys):
    assert main(["lessons", "list", str(tmp_path)]) == 1
    assert "there are no lessons" in capsys.readouterr().err
