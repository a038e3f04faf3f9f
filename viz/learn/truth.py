"""Check that lessons can be read, that what they ask has an answer, and that languages agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from viz.errors import VizError
from viz.learn import glossary, queries
from viz.learn.answers import drawn, pass_number, solved
from viz.learn.errors import FormError, LessonError, at
from viz.learn.evidence import Evidence, key_of, requests
from viz.learn.lesson import DockTab, Figure, Lesson, LessonQuestion, Pane, TextBlock, View
from viz.learn.packs import files_of
from viz.learn.reading import read_file
from viz.messages import LANGUAGES, Message, message_of
from viz.model.problem import problem_of
from viz.service.client.submit import submit_all


def gathered(lesson: Lesson) -> Evidence:
    """Return the engine's replies about a lesson's program, which runs in a jailed process."""
    wanted = requests(lesson)
    results = submit_all(wanted).results()
    replies = {
        key_of(request): problem_of(result) if isinstance(result, VizError) else result
        for request, result in zip(wanted, results, strict=True)
    }
    return Evidence(lesson.text, replies)


def check(folder: Path) -> Iterator[LessonError]:
    """Yield all that is wrong with the lessons of a folder."""
    files = files_of(folder)
    if not any(files.values()):
        yield LessonError(message_of("lesson-folder", path=str(folder)))
        return
    read: dict[str, dict[str, Lesson]] = {}
    for language, paths in files.items():
        for path in paths:
            try:
                read.setdefault(path.stem, {})[language] = read_file(path)
            except LessonError as error:
                yield error
    used = [language for language in LANGUAGES if files.get(language)]
    for versions in read.values():
        lessons = [*versions.values()]
        evidence = gathered(lessons[0])
        for lesson in lessons:
            yield from untrue(lesson, evidence, frozenset(read))
        yield from _differences(lessons, used, versions)


def untrue(lesson: Lesson, evidence: Evidence, names: frozenset[str]) -> Iterator[LessonError]:
    """Yield what a lesson says that the engine's replies do not bear out.

    ``names`` are those of the lessons that it may lead to.
    """
    for question in lesson.questions:
        if (problem := solved(question, evidence).problem) is not None:
            yield at(lesson.path, question.line, problem)
        choices = [choice.words for choice in question.choices]
        if len(set(choices)) < len(choices):
            yield at(lesson.path, question.line, message_of("lesson-same-choices"))
    for figure in lesson.figures:
        if (problem := drawn(figure, evidence).problem) is not None:
            yield at(lesson.path, figure.line, problem)
    if lesson.point is not None and (reason := _unfound(lesson.point, evidence)):
        yield at(lesson.path, 1, reason)
    for link in lesson.links:
        if reason := _astray(link.to, lesson, evidence, names):
            yield at(lesson.path, line_of(lesson, link.to), reason)
    if reason := _no_stage(lesson.stage, lesson, evidence):
        yield at(lesson.path, 1, reason)
    if lesson.page_of and lesson.page_of not in names:
        yield at(lesson.path, 1, message_of("lesson-no-lesson", name=lesson.page_of))


def _unfound(query: queries.Query, evidence: Evidence) -> Message | None:
    try:
        evidence.value(query)
    except FormError as error:
        return error.reason
    return None


def _astray(to: str, lesson: Lesson, evidence: Evidence, names: frozenset[str]) -> Message | None:
    """Return why a link leads nowhere; None where it does not."""
    kind, _, name = to.partition(":")
    if kind == "node":
        try:
            return _unfound(queries.link_query(name), evidence)
        except FormError as error:
            return error.reason
    if kind == "stage":
        return _no_stage(name, lesson, evidence)
    known = {
        "tab": get_args(DockTab),
        "pane": get_args(Pane),
        "view": get_args(View),
        "target": lesson.targets,
    }
    if kind in known and name not in known[kind]:
        return message_of("lesson-link", to=to)
    if kind == "term" and glossary.find(name) is None:
        return message_of("lesson-no-term", name=name)
    if kind == "lesson" and name not in names:
        return message_of("lesson-no-lesson", name=name)
    return None


def _no_stage(name: str, lesson: Lesson, evidence: Evidence) -> Message | None:
    if name in ("input", "scheduled", "final"):
        return None
    if pass_number(lesson, name, evidence) is not None:
        return None
    return message_of("lesson-no-stage", target=lesson.target, name=name)


def line_of(lesson: Lesson, words: str) -> int:
    """Return the first line of a lesson's file with some words, 1 where it has none."""
    try:
        lines = Path(lesson.path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return 1
    return next((number for number, line in enumerate(lines, 1) if words in line), 1)


def _differences(
    lessons: list[Lesson], languages: Sequence[str], versions: dict[str, Lesson]
) -> Iterator[LessonError]:
    """Yield where the versions of a lesson are not the same but for their words."""
    first = lessons[0]
    for language in languages:
        if language not in versions:
            missing = message_of("lesson-no-translation", language=language)
            yield at(first.path, 1, missing)
    wanted = structure(first)
    for other in lessons[1:]:
        own = structure(other)
        for (line, here), (_line, there) in zip(own, wanted, strict=False):
            if here != there:
                yield at(
                    other.path, line, message_of("lesson-other-structure", own=here, other=there)
                )
                break
        else:
            if len(own) != len(wanted):
                reason = message_of("lesson-other-structure", own=len(own), other=len(wanted))
                yield at(other.path, 1, reason)


def structure(lesson: Lesson) -> list[tuple[int, str]]:
    """Return what a lesson has beside its words, each with its line."""
    rows = [
        (1, f"program {lesson.text!r}"),
        (1, f"targets {lesson.targets} {lesson.target}"),
        (1, f"page of {lesson.page_of!r}"),
        (1, f"open {lesson.stage} {lesson.view} {lesson.tab} {lesson.panes} {lesson.point}"),
    ]
    for block in lesson.blocks:
        if isinstance(block, TextBlock):
            rows.append((1, block.form))
        elif isinstance(block, Figure):
            rows.append((block.line, f"figure {block.place} {block.depth} {block.targets}"))
        else:
            rows.append((block.line, _of_question(block)))
    rows.append((1, f"links {sorted(link.to for link in lesson.links)}"))
    return rows


def _of_question(question: LessonQuestion) -> str:
    choices = [(choice.value, choice.when, choice.is_) for choice in question.choices]
    return f"question {question.how} {question.answer} {choices} {question.shows}"
