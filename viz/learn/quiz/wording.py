"""Put drafts of questions into the words of a language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from viz.learn.lesson import Choice, LessonQuestion, Phrase, Sentence
from viz.learn.markdown import sentence
from viz.learn.quiz.draft import Draft, Option, Reason, Value
from viz.messages import Language, Message, Words


class QuestionWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a kind of question; ``title`` is what the kind is called."""

    title: Words
    ask: Words
    hint: Words
    reveal: Words | None = None
    """What is said with the right answer, where there is more to say."""
    point: Words | None = None
    """What to do where something can be pointed at."""


class QuizWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All words of a quiz."""

    kind: dict[str, QuestionWords]
    option: dict[str, Words]
    reason: dict[Reason, Words]
    quiz: dict[str, Words]


@cache
def table() -> QuizWords:
    """Return the words of all kinds."""
    text = files(__package__).joinpath("wording.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), QuizWords)


def lesson_question_of(draft: Draft, language: Language) -> LessonQuestion:
    """Return a question in a language. One that is answered by pointing has no choices."""
    row = table().kind[draft.words or draft.kind]
    choices = tuple(_choice(option, language) for option in draft.options)
    return LessonQuestion(
        ask=ask_of(draft, language, can_point=True),
        how=draft.how,
        answer=draft.answer,
        choices=choices if draft.how == "choice" else (),
        hint=_filled(row.hint, draft.values, language),
        reveal=_filled(row.reveal, draft.values, language) if row.reveal is not None else (),
        shows=draft.shows,
    )


def ask_of(draft: Draft, language: Language, *, can_point: bool) -> Sentence:
    """Return what a question asks; with ``can_point`` also what is to be done in the workspace."""
    row = table().kind[draft.words or draft.kind]
    ask = _filled(row.ask, draft.values, language)
    if row.point is None or not can_point:
        return ask
    return (*ask, Phrase("text", ("" if language == "zh" else " ") + _in(row.point, language)))


def _choice(option: Option, language: Language) -> Choice:
    words = words_of_option(option, language)
    return Choice(words=words, value=option.value, when=option.when, is_=option.is_)


def words_of_option(option: Option, language: Language) -> Sentence:
    """Return the words of an answer."""
    if option.look == "named":
        return _filled(table().option[option.words], dict(option.names), language)
    return (Phrase(option.look, option.words),)


def title_of(kind: str, language: Language) -> str:
    """Return what a kind of question is called."""
    return _in(table().kind[kind].title, language)


def reason_words(reason: Reason, language: Language) -> str:
    """Return why a program has no question of a kind."""
    return _in(table().reason[reason], language)


def quiz_words(name: str, language: Language, **values: int) -> str:
    """Return the title of a quiz, or its summary."""
    return _in(table().quiz[name], language).format_map(values)


def _filled(words: Words, values: Mapping[str, Value], language: Language) -> Sentence:
    """Return a sentence; values are filled in last, so that what they hold is no Markdown."""
    shown = {name: _shown(value, language) for name, value in values.items()}
    return tuple(
        msgspec.structs.replace(piece, words=piece.words.format_map(shown))
        for piece in sentence(_in(words, language))
    )


def _shown(value: Value, language: Language) -> str:
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, Words):
        return _in(value, language)
    if isinstance(value, int):
        return f"{value:,}"
    return value


def _in(words: Words, language: Language) -> str:
    return words.zh if language == "zh" else words.en
