"""Write lessons as one HTML page that works offline, each beside the panes of its report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from viz.api import analyze
from viz.learn import glossary
from viz.learn.answers import frame
from viz.learn.export.checked import CheckedLesson
from viz.learn.export.figures import figure_view
from viz.learn.export.page_questions import question_html
from viz.learn.export.wording import PageLinks, html_of, plain_of, terms_of
from viz.learn.lesson import Figure, Lesson, LessonQuestion, TextBlock
from viz.locale.translator import Translator, marked
from viz.messages import Language
from viz.model import Analysis, Links, LinksPart, Plain, Request, Tree, TreePart
from viz.render import graph, markup
from viz.render.report.bundle import classic
from viz.render.report.document import CARD, document, shared_style
from viz.render.report.lowering import lowerings
from viz.render.report.page import with_labels
from viz.render.report.panes import source_pane, text_pane, tree_pane
from viz.render.translated_labels import in_language
from viz.render.web.data import report_pack, script_data, stage_pack, title_of
from viz.render.web.pictures import picture
from viz.service.client.submit import submit_all

_SCRIPT_WORDS = (
    marked("nothing selected yet: click a node, or a place of a text"),
    marked("selected"),
    marked("Right."),
    marked("Not yet."),
    marked("The answer: {answer}."),
    marked("Show the answer"),
    marked("Show the place"),
    marked("Select a node first: click it in a pane, or walk to it with the arrow keys."),
    marked("Type a whole number."),
    marked("Choose one first."),
)
"""What the page's script says."""


COLUMN = (340.0, 420.0)
"""Points that a figure may take beside the panes, by which its direction is chosen."""


class LessonPage(Plain, frozen=True):
    """What a lesson's part of the page is made of."""

    lesson: Lesson
    analysis: Analysis
    stages: dict[str, Tree]
    """Scheduled trees by their names, such as ``cuda/scheduled``."""
    links: dict[str, Links]
    """How the program is linked to each of them."""
    found: dict[str, Any]
    """The answers, places and figures: see :func:`viz.learn.answers.frame`."""


def page(lessons: Sequence[CheckedLesson], language: Language) -> str:
    """Return the page.

    Raises
    ------
    VizError
        When a program cannot be read, or a tree cannot be drawn.
    """
    _ = Translator(language)
    names = frozenset(lesson.name for lesson, _evidence in lessons)
    parts = []
    for lesson, evidence in lessons:
        made = _prepared(glossary.with_terms(lesson, language), evidence, language)
        parts.append(_article(made, names, CheckedLesson(made.lesson, evidence), language))
    title = lessons[0].lesson.title if len(lessons) == 1 else _("Lessons")
    words = {text: _(text) for text in _SCRIPT_WORDS if "{" not in text}
    words |= {text: _(text, answer="{answer}") for text in _SCRIPT_WORDS if "{" in text}
    body = "\n".join(
        [
            _header([lesson for lesson, _evidence in lessons], title, _),
            *parts,
            f'<script type="application/json" id="words">{script_data(words)}</script>',
        ]
    )
    return document(title, language, body, _style(), _script())


@cache
def _style() -> str:
    return shared_style() + files(__package__).joinpath("offline.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    return classic(Path(__file__).with_name("offline.js"))


def _contents(lessons: list[Lesson]) -> str:
    """Return links to lessons, further pages below the lesson that they are of."""
    names = {lesson.name for lesson in lessons}
    rows = ""
    for lesson in lessons:
        if lesson.page_of in names:
            continue
        pages = [page for page in lessons if page.page_of == lesson.name]
        rows += f"<li>{_link(lesson)}"
        rows += f'<ol type="a">{"".join(f"<li>{_link(p)}</li>" for p in pages)}</ol>' * bool(pages)
        rows += "</li>"
    return f"<ol>{rows}</ol>"


def _link(lesson: Lesson) -> str:
    return f'<a href="#{escape(lesson.name)}">{escape(lesson.title)}</a>'


def _header(lessons: list[Lesson], title: str, _: Translator) -> str:
    contents = (
        f'<details class="contents"><summary>{escape(_("Lessons"))}</summary>'
        f"{_contents(lessons)}</details>"
        if len(lessons) > 1
        else ""
    )
    alone = f'<b class="page-title">{escape(title)}</b>'
    theme = escape(_("Light or dark"))
    return (
        f"<header><h1>TIRscope</h1>{contents or alone}"
        f'<span class="spring"></span>'
        f"<noscript>{escape(_('Questions need JavaScript.'))}</noscript>"
        f'<button id="theme" aria-label="{theme}">◐</button></header>'
    )


# ---------------------------------------------------------------- what a lesson needs


def _prepared(lesson: Lesson, evidence: Any, language: Language) -> LessonPage:
    """Return a lesson with its report, and the trees that its questions are about."""
    found = frame(lesson, evidence)
    places = [
        *(answer.place for answer in found["questions"] if answer.place is not None),
        *found["places"].values(),
        *filter(None, [found["point"]]),
    ]
    trees = dict.fromkeys(place.tree for place in places)
    stops = [answer.stop.target for answer in found["questions"] if answer.stop is not None]
    wanted = [tree.partition("/")[0] for tree in trees if tree != "input"]
    targets = list(dict.fromkeys([*lesson.targets, *stops, *wanted]))
    analysis = analyze(lesson.text, targets, passes=bool(stops or found["stops"]))
    stages, links = {}, {}
    for name in trees:
        if "/" in name:
            tree, ties = _scheduled(lesson.text, name.partition("/")[0])
            stages[name], links[name] = in_language(tree, language), ties
    return LessonPage(
        lesson=lesson,
        analysis=with_labels(analysis, language),
        stages=stages,
        links=links,
        found=found,
    )


def _scheduled(text: str, target: str) -> tuple[Tree, Links]:
    """Return the scheduled program of a target, and its links from the program as written."""
    parts = (TreePart(stage="scheduled"), LinksPart(before="input", after="scheduled"))
    requests = [Request(text=text, target=target, part=part) for part in parts]
    tree, links = submit_all(requests).replies()
    assert isinstance(tree, Tree)
    assert isinstance(links, Links)
    return tree, links


# ---------------------------------------------------------------- a lesson as HTML


def _article(
    made: LessonPage, names: frozenset[str], checked: CheckedLesson, language: Language
) -> str:
    lesson, found = made.lesson, made.found
    terms = terms_of(lesson, language)
    links = PageLinks(
        places=found["places"],
        stops=found["stops"],
        targets=lesson.targets,
        lessons=names,
        trees=frozenset({"input", *made.stages, *made.analysis.sources}),
        terms=frozenset(term.id for term in terms),
    )
    words = "".join(_blocks(made, checked, links, language))
    explained = "".join(
        f'<template data-term="{escape(term.id)}"><b>{escape(term.name)}</b>'
        f" {escape(term.words)}</template>"
        for term in terms
    )
    panes = (
        f'<div class="panes"><main>{text_pane(made.analysis)}'
        f"{tree_pane(made.analysis, made.stages)}{source_pane(made.analysis)}</main>{CARD}</div>"
        f"{lowerings(made.analysis)}"
    )
    data = {
        "report": report_pack(made.analysis, [*_stage_packs(made)]),
        "answers": found["questions"],
        "point": found["point"],
        "panes": lesson.panes,
        "target": lesson.target,
    }
    name = escape(lesson.name)
    return (
        f'<article class="lesson" id="{name}"><section class="words" tabindex="-1">'
        f'<h2 class="lesson-title">{escape(lesson.title)}</h2>{words}</section>'
        f'<section class="workspace"></section>{explained}'
        f'<template class="report">{panes}</template>'
        f'<script type="application/json" class="data">{script_data(data)}</script></article>'
    )


def _stage_packs(made: LessonPage) -> Iterator[dict[str, Any]]:
    for name, tree in made.stages.items():
        yield stage_pack(name, title_of(name.partition("/")[0]), tree, made.links[name])


def _blocks(
    made: LessonPage, checked: CheckedLesson, links: PageLinks, language: Language
) -> Iterator[str]:
    """Yield the text of a lesson, its figures and its questions; rows of a list share one."""
    number = figures = 0
    open_list = ""
    for block in made.lesson.blocks:
        form = block.form if isinstance(block, TextBlock) else ""
        wanted = {"bullet": "ul", "step": "ol"}.get(form, "")
        if wanted != open_list:
            yield f"</{open_list}>" if open_list else ""
            yield f"<{wanted}>" if wanted else ""
            open_list = wanted
        if isinstance(block, TextBlock):
            yield _text(block, links)
        elif isinstance(block, Figure):
            figures += 1
            yield _figure(block, checked, links, figures, language)
        else:
            number += 1
            yield _question(block, number, made, links, language)
    if open_list:
        yield f"</{open_list}>"


def _text(block: TextBlock, links: PageLinks) -> str:
    if block.form == "code":
        return f"<pre>{escape(plain_of(block.words), quote=False)}</pre>"
    tag = {"heading": "h3", "bullet": "li", "step": "li"}.get(block.form, "p")
    return f"<{tag}>{html_of(block.words, links)}</{tag}>"


def _figure(
    figure: Figure, checked: CheckedLesson, links: PageLinks, number: int, language: Language
) -> str:
    caption = f"<figcaption>{html_of(figure.caption, links)}</figcaption>"
    _lesson, evidence = checked
    if figure.form == "texts":
        rows = "".join(
            f"<dt>{escape(title_of(target))}</dt>"
            f"<dd>{markup.html(evidence.written(figure.place, target), target)}</dd>"
            for target in figure.targets
        )
        return f'<figure class="texts"><dl>{rows}</dl>{caption}</figure>'
    found = evidence.node(figure.place)
    assert found is not None, figure
    name, node = found
    tree = in_language(evidence.tree(name), language)
    view = figure_view(tree, node.id, figure.depth)
    drawing = picture(tree, f"figure-{number}", *graph.fit(tree, view, *COLUMN))
    return f'<figure tabindex="0" data-tree="{escape(name)}">{drawing}{caption}</figure>'


def _question(
    question: LessonQuestion, number: int, made: LessonPage, links: PageLinks, language: Language
) -> str:
    answer = made.found["questions"][number - 1]
    passes = () if answer.stop is None else made.analysis.targets[answer.stop.target].passes
    return question_html(question, number, links, passes, Translator(language))
