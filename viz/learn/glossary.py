"""List terms to search: those of the lessons, types of values, scopes, nodes, passes, steps."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from viz.learn.lesson import Block, Lesson, LessonQuestion, Phrase, Sentence, TextBlock
from viz.messages import Language, Words
from viz.model import Plain, catalog
from viz.model.catalog import schedule_methods


class TermRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of glossary.toml: what a term is called in each language, and what it means."""

    name: Words
    en: str
    zh: str
    also: dict[Language, tuple[str, ...]] = {}
    """Other words for it that lessons use, such as a plural."""


class TypeRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of glossary_types.toml: a type of values, or a memory scope."""

    en: str
    zh: str
    bits: int = 0
    """How wide one value is, of a vector each of its elements; 0 of a scope."""


class Term(Plain, frozen=True):
    """A term in one language."""

    id: str
    name: str
    kind: str
    """``term``, ``dtype``, ``scope``, ``node``, ``pass`` or ``step``."""
    words: str


@cache
def rows() -> dict[str, TermRow]:
    """Return the terms of the lessons."""
    text = files(__package__).joinpath("glossary.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["term"], dict[str, TermRow])


@cache
def types() -> dict[str, dict[str, TypeRow]]:
    """Return the types of values and the memory scopes, as ``dtype`` and ``scope`` by name."""
    text = files(__package__).joinpath("glossary_types.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, dict[str, TypeRow]])


@cache
def terms(language: Language) -> tuple[Term, ...]:
    """Return all terms: of the lessons, then types and scopes, nodes, passes, schedules' steps."""
    own = [
        Term(id=id_, name=_in(row.name, language), kind="term", words=_in(row, language))
        for id_, row in rows().items()
    ]
    values = [
        Term(id=f"{kind}.{name}", name=name, kind=kind, words=_in(row, language))
        for kind, table in types().items()
        for name, row in table.items()
    ]
    nodes = [
        Term(id=key, name=row.title, kind="node", words=_in(row, language))
        for key, row in catalog.nodes_of("").items()
    ]
    passes = [
        Term(id=key, name=key.rpartition(".")[2], kind="pass", words=_in(row, language))
        for key, row in catalog.passes().items()
    ]
    steps = [
        Term(id=f"schedule.{name}", name=name, kind="step", words=_in(row, language))
        for name, row in schedule_methods.methods().items()
    ]
    return (*own, *values, *nodes, *passes, *steps)


def find(name: str, language: Language = "en") -> Term | None:
    """Return the term of an id, such as ``pass`` or ``tirx.For``, or of a type's short name."""
    known = terms(language)
    by_id = {term.id: term for term in reversed(known)}
    return by_id.get(name) or next((term for term in known if term.name == name), None)


def _in(words: Words | object, language: Language) -> str:
    return str(getattr(words, language))


# ---------------------------------------------------------------- terms of a lesson


def with_terms(lesson: Lesson, language: Language) -> Lesson:
    """Return a lesson in which the first mention of each term leads to it."""
    seen: set[str] = set()
    blocks = tuple(_block_with_terms(block, language, seen) for block in lesson.blocks)
    return msgspec.structs.replace(lesson, blocks=blocks)


def _block_with_terms(block: Block, language: Language, seen: set[str]) -> Block:
    """Return a block with its links to terms; what a figure or an answer says has none."""
    if isinstance(block, LessonQuestion):
        return msgspec.structs.replace(block, ask=_linked(block.ask, language, seen))
    if isinstance(block, TextBlock) and block.form not in ("heading", "code"):
        return msgspec.structs.replace(block, words=_linked(block.words, language, seen))
    return block


def _linked(sentence: Sentence, language: Language, seen: set[str]) -> Sentence:
    pieces: list[Phrase] = []
    for piece in sentence:
        if piece.kind == "text":
            pieces += _split(piece.words, language, seen)
        elif not piece.to and (id_ := _named(piece, language)):
            if id_ not in seen:
                piece = Phrase(piece.kind, piece.words, f"term:{id_}")
            seen.add(id_)
            pieces.append(piece)
        else:
            if piece.to.startswith("term:"):
                seen.add(piece.to.removeprefix("term:"))
            pieces.append(piece)
    return tuple(pieces)


def _named(piece: Phrase, language: Language) -> str | None:
    """Return the id of the term that some words of another look are, None where they are none."""
    if piece.kind == "code":
        return _nodes().get(piece.words) or _types().get(piece.words)
    return dict(_mentions(language)).get(piece.words.lower())


def _split(text: str, language: Language, seen: set[str]) -> list[Phrase]:
    """Return a text with links at the first mention of each term, the longest words first."""
    lowered = text.lower()
    for words, id_ in _mentions(language):
        if id_ in seen:
            continue
        at = lowered.find(words)
        while at >= 0 and language == "en" and _is_part(lowered, at, at + len(words)):
            at = lowered.find(words, at + 1)
        if at < 0:
            continue
        seen.add(id_)
        end = at + len(words)
        link = Phrase("link", text[at:end], f"term:{id_}")
        return [*_split(text[:at], language, seen), link, *_split(text[end:], language, seen)]
    return [Phrase("text", text)] if text else []


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether some characters are only a part of a word."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return before.isalnum() or after.isalnum()


@cache
def _mentions(language: Language) -> tuple[tuple[str, str], ...]:
    words = [
        (name.lower(), id_)
        for id_, row in rows().items()
        for name in (_in(row.name, language), *row.also.get(language, ()))
    ]
    return tuple(sorted(words, key=lambda row: -len(row[0])))


@cache
def _nodes() -> dict[str, str]:
    return {row.title: key for key, row in catalog.nodes_of("").items()}


@cache
def _types() -> dict[str, str]:
    return {name: f"{kind}.{name}" for kind, table in types().items() for name in table}
