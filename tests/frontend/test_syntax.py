"""Each text is parsed by Python's ``ast`` once in a process."""

import ast
from collections import Counter

import pytest

import viz
from tests.support.programs.examples import EXAMPLES
from tests.support.programs.thorough import VARIED, usually
from viz.errors import SourceError, VizError
from viz.frontend import syntax
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.model import Request, RunPart
from viz.service.engine.dispatch import Answers

TODAY = """@T.prim_func(s_tir=True)
def add(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("B"):
            vi = T.axis.spatial(8, i)
            B[vi] = A[vi] + T.float32(1.0)
"""


@pytest.fixture
def texts(monkeypatch):
    """Count the texts that are parsed as modules, whoever parses them: TVM's parser does it too."""
    counts = Counter()
    parse = ast.parse

    def counting(source, *arguments, **options):
        if options.get("mode", "exec") == "exec":
            counts[source] += 1
        return parse(source, *arguments, **options)

    examples()  # which parses their files
    syntax.parsed.cache_clear()
    monkeypatch.setattr(ast, "parse", counting)
    return counts


def test_a_program_is_parsed_once(texts):
    viz.inspect(TODAY, ["c", "cuda"], passes=True)
    assert texts == {TODAY: 1}


@pytest.mark.parametrize("name", usually(EXAMPLES, VARIED))
def test_a_file_is_parsed_once_and_once_what_tvm_gets_of_it(name, texts):
    # Imports are cut out and older spellings replaced, so TVM's parser gets another text.
    text = examples()[name].text
    viz.inspect(text, ["c", "llvm"])
    assert texts[text] == 1
    assert set(texts.values()) == {1}
    # The steps of a schedule are read one by one, and comments beside them: they may be some.
    steps = [step for code in read(text).schedules for step in code.steps]
    assert len(texts) <= 2 + len(steps) + text.count("    # ")


def test_a_run_parses_the_program_no_second_time(texts):
    text = examples()["matmul"].text
    answers = Answers()
    for part in (RunPart(), RunPart(device="c")):
        assert answers.answer(Request(text=text, part=part)).passed
    assert texts[text] == 1
    (reference,) = (source for source in texts if source.startswith("def reference("))
    assert texts[reference] == 1


def test_a_mistake_is_explained_without_parsing_again(texts):
    wrong = TODAY.replace("A[vi]", "AA[vi]")
    with pytest.raises(VizError, match="AA"):
        viz.inspect(wrong)
    assert set(texts.values()) == {1}


def test_only_some_texts_are_kept(texts):
    for number in range(2 * syntax.TEXTS_KEPT):
        syntax.tree_of(f"x = {number}")
    assert syntax.parsed.cache_info().currsize == syntax.TEXTS_KEPT
    assert syntax.tree_of("x = 1") is syntax.tree_of("x = 1")


def test_a_header_without_a_body_is_told_at_the_header():
    text = "if a:\n    b\nelse:\n\n\nc\n"
    with pytest.raises(SourceError) as raised:
        syntax.tree_of(text)
    assert text[raised.value.span.start : raised.value.span.end] == "else:"
