"""Lessons are read from text, and what is wrong with one is said with its line."""

import pytest

from viz.learn.errors import LessonError
from viz.learn.lesson import Figure, LessonQuestion, TextBlock
from viz.learn.queries import CountQuery, PlaceQuery
from viz.learn.reading import read
from viz.learn.truth import structure

HEAD = '+++\ntitle = "T"\nsummary = "S"\nprogram = "if_double"\n+++\n'
LESSON = (
    HEAD
    + """
A *tree* has [a `For`](node:For) and `x[i]`,
on two lines.

- one
- two

```question
ask = "How many?"
answer = {count = "For"}
```

```figure
of = {node = "For"}
caption = "The loop."
```

```
code
```
"""
)


def test_a_lesson_is_read_into_blocks():
    lesson = read(LESSON, "01_a")
    kinds = [b.form if isinstance(b, TextBlock) else type(b).__name__ for b in lesson.blocks]
    assert kinds == ["paragraph", "bullet", "bullet", "LessonQuestion", "Figure", "code"]
    words = lesson.blocks[0].words
    assert [(p.kind, p.words, p.to) for p in words] == [
        ("text", "A ", ""),
        ("em", "tree", ""),
        ("text", " has ", ""),
        ("link", "a For", "node:For"),
        ("text", " and ", ""),
        ("code", "x[i]", ""),
        ("text", ", on two lines.", ""),
    ]
    question, figure = lesson.questions[0], lesson.figures[0]
    assert isinstance(question, LessonQuestion)
    assert isinstance(figure, Figure)
    assert (question.how, question.answer) == ("number", CountQuery(count="For"))
    # The head has five lines; the question begins on the twelfth of the file.
    assert LESSON.splitlines()[question.line - 1] == "```question"
    assert figure.place == PlaceQuery(node="For")
    assert lesson.targets == ("c",)
    assert "x[i] * 2" in lesson.text


def test_lines_of_chinese_are_joined_without_a_space():
    lesson = read(HEAD + "\n循环\n展开 and\nthen\n", "01_a")
    assert lesson.blocks[0].words[0].words == "循环展开 and then"


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        ('{node = "For"}', "point"),
        ('{pass_removing = "SBlock"}', "stop"),
        ('{occurrences = "for"}', "number"),
        ('{run = "sectors", device = "cuda-emulated"}', "number"),
    ],
)
def test_how_a_question_is_answered_follows_from_its_query(answer, how):
    lesson = read(f'{HEAD}```question\nask = "?"\nanswer = {answer}\n```\n', "01_a")
    assert lesson.questions[0].how == how


def question(rest):
    return f'{HEAD}\n```question\nask = "?"\n{rest}\n```\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("title = 1\n", 1, "a lesson begins with a head"),
        (HEAD.replace('"T"', "T"), 2, "this is no TOML"),
        (HEAD.replace("summary", "sumary"), 1, "sumary"),
        (HEAD.replace("if_double", "if_triple"), 1, "there is no example 'if_triple'"),
        (HEAD.replace("program", "text = 'x'\nprogram"), 1, "and not both"),
        (HEAD.replace("program", 'targets = ["ada"]\nprogram'), 1, "there is no target 'ada'"),
        (HEAD + "\n```question\nask = 1\n", 7, "this block does not end"),
        (HEAD + "\nA [word](nowhere:x).\n", 7, "the link 'nowhere:x' leads nowhere"),
        (question("answer = {nodes = 1}"), 7, "whose first word is one of"),
        (question('answer = {node = "For", nth = 0}'), 7, ">= 1"),
        (question('answer = {node = "For", nht = 2}'), 7, "nht"),
        (question('answer = {dtype_of = {node = "Mul"}}'), 7, "wants choices"),
        (question("answer = {}"), 7, "has no answer"),
        (question('answer = {node = "For}'), 9, "this is no TOML"),
    ],
)
def test_a_broken_lesson_is_refused_with_its_line(text, line, words):
    with pytest.raises(LessonError) as raised:
        read(text, "01_a", "folder/01_a.md")
    message = raised.value.message
    assert message.startswith(f"folder/01_a.md, line {line}: "), message
    assert words in message
    assert raised.value.what.text("zh") != message


def test_structure_leaves_out_words_and_nothing_else():
    own = read(LESSON.replace("How many?", "几个？").replace("The loop.", "循环。"), "01_a")
    assert structure(own) == structure(read(LESSON, "01_a"))
    other = read(LESSON.replace('count = "For"', 'count = "While"'), "01_a")
    assert structure(other) != structure(own)
