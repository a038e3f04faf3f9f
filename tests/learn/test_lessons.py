"""The shipped lessons are true, in both languages, and the glossary covers them."""

import re

import pytest

from tests.support.programs.thorough import usually
from viz.learn import glossary, packs
from viz.learn.answers import solved
from viz.learn.lesson import Figure, LessonQuestion, TextBlock, numbers
from viz.learn.truth import gathered, structure, untrue
from viz.messages import LANGUAGES

LONGEST = 300
"""Words of a lesson without hints and reveals, which are not there at first: about a screen of the
panel. Of Chinese, two characters count as a word."""

NAMES = [lesson.name for lesson in packs.shipped().of("en")]


PAGES = ["06a_relax_linear", "06b_relax_mlp", "06c_relax_attention", "06d_relax_conv_onnx"]


def test_there_are_fourteen_in_both_languages_and_four_further_pages():
    lessons = packs.shipped().of("en")
    assert [lesson.name for lesson in packs.shipped().of("zh")] == NAMES
    assert [lesson.name for lesson in lessons if lesson.page_of] == PAGES
    assert numbers(lessons) == [
        *map(str, range(1, 7)), "6a", "6b", "6c", "6d", *map(str, range(7, 15))
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lesson_leads_to_its_further_pages(language):
    lesson = packs.shipped().find("06_passes", language)
    assert [link.to for link in lesson.links if link.to.startswith("lesson:")] == [
        f"lesson:{page}" for page in PAGES
    ]
    assert {packs.shipped().find(page, language).page_of for page in PAGES} == {lesson.name}


@pytest.mark.parametrize("name", usually(NAMES, {*NAMES} - {PAGES[1], PAGES[2]}))
def test_all_that_a_lesson_says_is_true(name):
    versions = [packs.shipped().find(name, language) for language in LANGUAGES]
    evidence = gathered(versions[0])
    for lesson in versions:
        assert [error.message for error in untrue(lesson, evidence, frozenset(NAMES))] == []
        for question in lesson.questions:
            right = solved(question, evidence)
            assert right.place or right.stop, "the reveal shows no place"
    first, other = ([what for _line, what in structure(lesson)] for lesson in versions)
    assert first == other


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_one_screen_with_questions_that_help(name):
    english, chinese = (packs.shipped().find(name, language) for language in LANGUAGES)
    assert 2 <= len(english.questions) <= 3
    assert isinstance(english.blocks[-1], LessonQuestion) or english.blocks[-1].form == "paragraph"
    for lesson in (english, chinese):
        assert lesson.figures
        assert word_count(lesson) <= LONGEST
        for question in lesson.questions:
            assert question.hint
            assert question.reveal
    # Nothing was left in English.
    for own, other in zip(chinese.questions, english.questions, strict=True):
        assert (own.ask, own.hint, own.reveal) != (other.ask, other.hint, other.reveal)
        assert any(ord(c) > 0x2E80 for piece in own.ask for c in piece.words)
    assert chinese.title != english.title or chinese.summary != english.summary


def word_count(lesson):
    texts = []
    for block in lesson.blocks:
        if isinstance(block, TextBlock):
            texts.append(block.words)
        elif isinstance(block, Figure):
            texts.append(block.caption)
        else:
            texts += [block.ask, *(choice.words for choice in block.choices)]
    words = " ".join(piece.words for text in texts for piece in text)
    return (
        len(re.findall(r"[A-Za-z0-9_.]+", words)) + len(re.findall(r"[\u4e00-\u9fff]", words)) / 2
    )


def test_terms_have_both_languages_and_one_id_each():
    english, chinese = (glossary.terms(language) for language in LANGUAGES)
    assert [term.id for term in english] == [term.id for term in chinese]
    assert len({term.id for term in english}) == len(english)
    assert all(term.words and term.name for term in (*english, *chinese))
    assert all(any(ord(c) > 0x2E80 for c in term.words) for term in chinese)
    assert glossary.find("For").id == "tirx.For"
    assert glossary.find("pass").kind == "term"
    assert glossary.find("nothing") is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_first_mention_of_a_term_leads_to_it(name, language):
    lesson = glossary.with_terms(packs.shipped().find(name, language), language)
    ids = [link.to.removeprefix("term:") for link in lesson.links if link.to.startswith("term:")]
    codes = [
        piece.to.removeprefix("term:")
        for block in lesson.blocks
        for piece in (*getattr(block, "words", ()), *getattr(block, "ask", ()))
        if piece.kind != "link" and piece.to
    ]
    assert {*ids, *codes}, "no term is linked"
    assert len({*ids, *codes}) == len(ids) + len(codes), "linked twice"
    assert all(glossary.find(id_, language) for id_ in (*ids, *codes))
    plain = packs.shipped().find(name, language)

    def text(of):
        return [
            "".join(piece.words for piece in getattr(b, "words", getattr(b, "ask", ())))
            for b in of.blocks
        ]

    assert text(lesson) == text(plain), "links change no words"
