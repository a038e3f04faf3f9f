"""``quiz``: ask questions about a program, made from it, or print them."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from viz.cli.exit_status import GOOD
from viz.cli.output import print_message, print_notes, print_text
from viz.cli.request import request
from viz.learn.lesson import Sentence
from viz.learn.quiz.making import Quiz, QuizQuestion, asked
from viz.learn.quiz.wording import reason_words, title_of
from viz.locale.translator import Translator
from viz.model import TreePart

LETTERS = "abcd"


def quiz(options: argparse.Namespace, text: str) -> int:
    """Ask the questions where standard input is a terminal, else print them.

    Raises
    ------
    VizError
        When the text cannot be read or parsed.
    """
    _: Translator = options.words
    made = asked(
        request(options, text, TreePart(), options.target),
        seed=options.seed,
        questions=options.questions,
        language=_.language,
    )
    if options.json:
        _print_json(made, has_answers=options.answers)
        return GOOD
    print_notes(options, text)
    for kind, reason in made.left_out.items() if options.verbose else ():
        words = {"kind": title_of(kind, _.language), "reason": reason_words(reason, _.language)}
        print_message("note", _("no question of the kind “{kind}”: {reason}", **words), _)
    is_asking = sys.stdin.isatty() and options.file != "-" and not options.answers
    print_text(
        _.plural(
            "{title}: {count} question",
            "{title}: {count} questions",
            len(made.questions),
            title=made.lesson.title,
        )
    )
    if is_asking:
        print_text(_("Answer with a letter or a number; Enter alone shows the answer."))
    right = 0
    for number, question in enumerate(made.questions, 1):
        _print_question(question, number)
        if is_asking:
            right += _ask(question, _)
        elif options.answers:
            _print_answer(question, _)
    if is_asking:
        count = len(made.questions)
        print_text("\n" + _("{right} of {count} right at once.", right=right, count=count))
    return GOOD


def _print_question(question: QuizQuestion, number: int) -> None:
    print_text(f"\n{number}. {plain(question.ask)}")
    for letter, words in zip(LETTERS, question.offered, strict=False):
        print_text(f"   {letter}) {plain(words)}")


def _print_answer(question: QuizQuestion, _: Translator) -> None:
    print_text(f"   → {answer_words(question)}")
    if reveal := plain(question.lesson_question.reveal):
        print_text(f"     {reveal}")


def _ask(question: QuizQuestion, _: Translator) -> bool:
    """Ask until the answer is right or is given up; return whether the first one was right."""
    is_first = True
    while True:
        try:
            typed = input("   > ").strip().lower()
        except EOFError:
            typed = ""
        if not typed:
            _print_answer(question, _)
            return False
        is_right = graded(question, typed)
        if is_right is None:
            is_number = question.right is None
            print_text("   " + (_("Type a whole number.") if is_number else _("Type a letter.")))
        elif is_right:
            print_text("   " + _("Right.") + f" {plain(question.lesson_question.reveal)}".rstrip())
            return is_first
        else:
            is_first = False
            print_text("   " + _("Not yet.") + f" {plain(question.lesson_question.hint)}")


def graded(question: QuizQuestion, typed: str) -> bool | None:
    """Return whether what was typed is right; None where it is no answer."""
    if question.right is None:
        digits = typed.replace(",", "").replace(" ", "")
        return int(digits) == question.solved.value if digits.isdecimal() else None
    letters = LETTERS[: len(question.offered)]
    return letters.index(typed) == question.right if typed in [*letters] else None


def answer_words(question: QuizQuestion) -> str:
    """Return the right answer: its letter and words, or the number."""
    if question.right is None:
        return f"{question.solved.value:,}"
    return f"{LETTERS[question.right]}) {plain(question.offered[question.right])}"


def plain(sentence: Sentence) -> str:
    """Return a sentence as text; code stands between backquotes."""
    return "".join(
        f"`{piece.words}`" if piece.kind == "code" else piece.words for piece in sentence
    )


def _print_json(made: Quiz, *, has_answers: bool) -> None:
    questions: list[dict[str, Any]] = []
    for question in made.questions:
        row: dict[str, Any] = {
            "kind": question.kind,
            "how": question.lesson_question.how,
            "ask": plain(question.ask),
            "offered": [plain(words) for words in question.offered],
        }
        if has_answers:
            row |= {"right": question.right, "value": question.solved.value}
            row |= {"place": question.solved.place, "stop": question.solved.stop}
            row |= {
                "hint": plain(question.lesson_question.hint),
                "reveal": plain(question.lesson_question.reveal),
            }
        questions.append(row)
    whole = {
        "seed": made.seed,
        "target": made.target,
        "language": made.language,
        "questions": questions,
        "left_out": made.left_out,
    }
    sys.stdout.flush()
    sys.stdout.buffer.write(msgspec.json.encode(whole) + b"\n")
    sys.stdout.buffer.flush()
