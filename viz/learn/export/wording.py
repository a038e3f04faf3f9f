"""Write the sentences of a lesson as HTML, as Markdown and as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from viz.learn import glossary
from viz.learn.evidence import TreePlace
from viz.learn.lesson import Lesson, Phrase, Sentence, sentences
from viz.messages import Language
from viz.model import Plain

_TAGS = {"code": "code", "strong": "strong", "em": "em"}
_SIGNS = {"code": "`", "strong": "**", "em": "*"}


class PageLinks(Plain, frozen=True):
    """What the links of a lesson can lead to in a page of its own."""

    places: Mapping[str, TreePlace]
    """Nodes, by the links to them."""
    stops: Mapping[str, int]
    """Numbers of passes, by their names."""
    targets: tuple[str, ...]
    lessons: frozenset[str]
    """The lessons of the page."""
    trees: frozenset[str]
    """The trees that the page draws."""
    terms: frozenset[str]
    """The terms that the page explains."""

    def attributes(self, to: str) -> str:
        """Return the attributes of an element that leads somewhere; empty where it cannot."""
        kind, _, name = to.partition(":")
        if kind == "https":
            return f'href="{escape(to)}" target="_blank" rel="noopener"'
        if kind == "node" and (place := self.places.get(to)) and place.tree in self.trees:
            return f'href="#" data-at="{escape(place.tree)}" data-path="{escape(place.path)}"'
        if kind == "stage" and (name in ("input", "final") or name in self.stops):
            return f'href="#" data-stage="{self.stops.get(name, name)}"'
        if kind == "target" and name in self.targets:
            return f'href="#" data-source="{escape(name)}"'
        if kind == "term" and name in self.terms:
            return f'href="#" data-term="{escape(name)}"'
        if kind == "lesson" and name in self.lessons:
            return f'href="#{escape(name)}"'
        return ""


def html_of(sentence: Sentence, links: PageLinks) -> str:
    """Return a sentence as HTML; a link that leads nowhere in the page is words."""
    return "".join(_html(piece, links) for piece in sentence)


def _html(piece: Phrase, links: PageLinks) -> str:
    words = escape(piece.words, quote=False)
    plain = ' translate="no"' if piece.kind == "code" else ""
    if piece.to and (attributes := links.attributes(piece.to)):
        kind = piece.to.partition(":")[0]
        return f'<a class="acts {kind} {piece.kind}"{plain} {attributes}>{words}</a>'
    tag = _TAGS.get(piece.kind)
    return f"<{tag}{plain}>{words}</{tag}>" if tag else words


def markdown_of(sentence: Sentence) -> str:
    """Return a sentence as Markdown; of links only those to the web are kept."""
    return "".join(map(_markdown, sentence))


def _markdown(piece: Phrase) -> str:
    if piece.to.startswith("https:"):
        return f"[{piece.words}]({piece.to})"
    sign = _SIGNS.get(piece.kind, "")
    return f"{sign}{piece.words}{sign}"


def plain_of(sentence: Sentence) -> str:
    """Return the words of a sentence."""
    return "".join(piece.words for piece in sentence)


def terms_of(lesson: Lesson, language: Language) -> tuple[glossary.Term, ...]:
    """Return the terms that the links of a lesson lead to, in the order of the lesson."""
    ids = dict.fromkeys(
        piece.to.removeprefix("term:")
        for words in sentences(lesson)
        for piece in words
        if piece.to.startswith("term:")
    )
    found = (glossary.find(id_, language) for id_ in ids)
    return tuple(term for term in found if term is not None)
