"""Write the questions of a lesson as HTML, for the script of the offline page to grade."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from viz.learn.export.wording import PageLinks, html_of
from viz.learn.lesson import LessonQuestion
from viz.locale.translator import Translator
from viz.model import Pass


def question_html(
    question: LessonQuestion, number: int, links: PageLinks, passes: Sequence[Pass], _: Translator
) -> str:
    """Return a question: what is asked, where it is answered, what is said then.

    ``passes`` are those to choose from, of a question for one.
    """
    return (
        f'<section class="question" data-number="{number}">'
        f"<h3>{escape(_('Question {place}', place=number))}</h3>"
        f"<p>{html_of(question.ask, links)}</p>"
        f'<div class="answer">{_answer(question, number, links, passes, _)}'
        f'<button class="check">{escape(_("Check"))}</button></div>'
        '<div class="feedback" role="status"></div>'
        f'<template class="hint">{html_of(question.hint, links)}</template>'
        f'<template class="reveal">{html_of(question.reveal, links)}</template></section>'
    )


def _answer(
    question: LessonQuestion, number: int, links: PageLinks, passes: Sequence[Pass], _: Translator
) -> str:
    """Return the fields of an answer."""
    if question.how == "choice":
        rows = "".join(
            f'<label class="choice-row"><input type="radio" name="question-{number}"'
            f' value="{place}"><span>{html_of(choice.words, links)}</span></label>'
            for place, choice in enumerate(question.choices)
        )
        return (
            f'<fieldset><legend class="unseen">{escape(_("Choose one"))}</legend>{rows}</fieldset>'
        )
    if question.how == "number":
        label = escape(_("Your number"))
        return f'<input class="typed" inputmode="numeric" size="6" aria-label="{label}">'
    if question.how == "stop":
        rows = "".join(
            f'<option value="{row.number}">{row.number} '
            f"{escape(row.name.rpartition('.')[2])}</option>"
            for row in passes
            if row.changed
        )
        label = escape(_("Which pass"))
        more = escape(_("What each pass did stands below the panes."))
        return (
            f'<select aria-label="{label}"><option value="">…</option>{rows}</select>'
            f'<span class="soft">{more}</span>'
        )
    return '<span class="selected"></span>'
