"""A lesson as a notebook uses it: its program, its figures as pictures, grading in words."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cached_property
from html import escape

from viz.learn.answers import solved
from viz.learn.evidence import Evidence
from viz.learn.export.figures import figure_view
from viz.learn.export.grading import LETTERS, graded
from viz.learn.export.wording import markdown_of
from viz.learn.lesson import Figure, Lesson, LessonQuestion
from viz.learn.reading import read
from viz.learn.truth import gathered
from viz.locale.translator import Translator
from viz.messages import Language
from viz.render import graph, markup
from viz.render.web.data import title_of


def sealed(text: str) -> str:
    """Return the text of a lesson so that its answers are not read by the way."""
    return urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def opened(sealed_text: str) -> str:
    """Return the text that :func:`sealed` took."""
    return zlib.decompress(urlsafe_b64decode(sealed_text)).decode()


class NotebookOutput:
    """Something that a notebook shows: as HTML or Markdown, else as text."""

    def __init__(self, text: str, *, html: str = "", markdown: str = "") -> None:
        self.text = text
        self._bundle = {"text/plain": text}
        if html:
            self._bundle["text/html"] = html
        if markdown:
            self._bundle["text/markdown"] = markdown

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        return self._bundle


class NotebookLesson:
    """A lesson to be worked through in a notebook.

    Its program is looked at in a jailed process when the first figure or answer needs it.
    """

    def __init__(self, lesson: Lesson, language: Language = "en") -> None:
        self._lesson = lesson
        self._words = Translator(language)

    @cached_property
    def _evidence(self) -> Evidence:
        return gathered(self._lesson)

    def figure(self, number: int) -> NotebookOutput:
        """Return the figure of a number, from 1.

        Raises
        ------
        FormError
            When this engine gives no such figure.
        """
        figure = self._lesson.figures[number - 1]
        caption = f"<p>{escape(''.join(piece.words for piece in figure.caption))}</p>"
        drawn = self._texts(figure) if figure.form == "texts" else self._drawing(figure)
        return NotebookOutput(f"figure {number}", html=drawn + caption)

    def _texts(self, figure: Figure) -> str:
        rows = (
            f"<dt>{escape(title_of(target))}</dt>"
            f"<dd>{markup.html(self._evidence.written(figure.place, target), target)}</dd>"
            for target in figure.targets
        )
        return f"<style>{markup.css('light')}</style><dl>{''.join(rows)}</dl>"

    def _drawing(self, figure: Figure) -> str:
        place = self._evidence.value(figure.place)
        found = self._evidence.node(figure.place)
        assert found is not None, place
        tree, node = found
        whole = self._evidence.tree(tree)
        view = figure_view(whole, node.id, figure.depth)
        return graph.render(whole, view, theme="auto").decode()

    def grade(self, number: int, answer: object = None) -> NotebookOutput:
        """Say whether the answer to a question, from 1, is right.

        In which form it is given: see :mod:`viz.learn.export.grading`.

        Raises
        ------
        FormError
            When the question has no answer with this engine.
        """
        _, question = self._words, self._lesson.questions[number - 1]
        grade = graded(question, self._evidence, answer)
        if grade.verdict == "missing":
            return self._said(_("Write your answer in this cell and run it again."))
        if grade.verdict == "right":
            return self._said(_("Right."), markdown_of(question.reveal))
        reason = "" if grade.reason is None else grade.reason.text(_.language)
        return self._said(_("Not yet."), reason, markdown_of(question.hint))

    def answer(self, number: int) -> NotebookOutput:
        """Show the answer to a question, from 1."""
        _, question = self._words, self._lesson.questions[number - 1]
        words = right_words(question, self._evidence)
        return self._said(_("The answer: {answer}.", answer=words), markdown_of(question.reveal))

    def _said(self, head: str, *rest: str) -> NotebookOutput:
        words = " ".join(filter(None, rest))
        return NotebookOutput(f"{head} {words}".strip(), markdown=f"**{head}** {words}".strip())


def right_words(question: LessonQuestion, evidence: Evidence) -> str:
    """Return what is right at a question, as it is answered in writing."""
    right = solved(question, evidence)
    if question.how == "choice" and right.right is not None:
        return LETTERS[right.right]
    if question.how == "stop" and right.stop is not None:
        return right.stop.name.rpartition(".")[2]
    if question.how == "point" and right.place is not None:
        return written_place(right.place.tree, right.place.path, evidence)
    return str(right.value)


def written_place(tree: str, path: str, evidence: Evidence) -> str:
    """Return a node as an answer names it, such as ``For#2@cuda``."""
    nodes = evidence.tree(tree).nodes
    node = next(node for node in nodes if node.path == path)
    same = [other.path for other in nodes if other.title == node.title]
    nth = f"#{same.index(path) + 1}" if len(same) > 1 else ""
    at = "" if tree == "input" else f"@{tree}"
    return f"{node.title}{nth}{at}"


def open_lesson(name: str, sealed_text: str, language: Language = "en") -> NotebookLesson:
    """Return the lesson that a notebook brings along.

    Raises
    ------
    LessonError
        When this version of TIRscope cannot read it.
    """
    return NotebookLesson(read(opened(sealed_text), name), language)
