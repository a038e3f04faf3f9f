"""Each question of a quiz has one right answer, and says the truth: judged by other ways."""

import random

import pytest

from tests.support.lessons.quiz_oracle import Oracle, text_of
from tests.support.programs.examples import EXAMPLES
from tests.support.programs.random_programs import Writer
from tests.support.programs.thorough import usually
from viz.errors import ParseError, VizError
from viz.frontend.examples import examples, gallery
from viz.learn.evidence import key_of
from viz.learn.quiz import making
from viz.learn.quiz.kinds import KINDS, RUN_KINDS
from viz.learn.quiz.wording import table
from viz.messages import LANGUAGES
from viz.model import Request
from viz.model.problem import problem_of
from viz.service.engine.dispatch import Answers

SEEDS = range(3)
CHOSEN = ("relu_bias c", "matmul_gpu cuda", "if_double c", "lost_sum cuda", "transpose_shared cuda")
CASES = [f"{name} {target}" for name in EXAMPLES for target in ("c", "cuda")] + ["lost_sum cuda"]


def replies_to(request, answers=None):
    """Return the replies that a quiz of a request is made from, answered in this process."""
    answers = answers or Answers()
    replies = {}
    for wanted in [*making.requests(request), *making.run_requests(request)]:
        try:
            replies[key_of(wanted)] = answers.answer(wanted)
        except VizError as error:
            replies[key_of(wanted)] = problem_of(error)
    return replies


def check(request):
    """Check quizzes of a program; return the kinds that they ask."""
    answers = Answers()
    replies = replies_to(request, answers)
    oracle = Oracle(request, answers)
    judged = []
    for seed in SEEDS:
        quiz = making.made(request, replies, seed=seed, questions=making.MOST)
        assert not {*quiz.left_out} & {question.kind for question in quiz.questions}
        kinds = {question.kind for question in quiz.questions}
        assert {*KINDS} <= {*quiz.left_out} | kinds <= {*KINDS, *RUN_KINDS}
        begun = making.made(request, replies, seed=seed, questions=making.MOST, is_whole=False)
        assert quiz.questions[: len(begun.questions)] == begun.questions
        asked = [question.lesson_question for question in quiz.questions]
        assert all(one not in asked[:i] for i, one in enumerate(asked)), "asked twice"
        for question in quiz.questions:
            if question in judged:
                continue
            judged.append(question)
            if question.kind in RUN_KINDS and oracle.trace is None:
                continue  # of such a kernel the oracle knows nothing
            is_right, others = oracle.judge(question)
            said = f"{question.kind} {text_of(question.ask)} {question.offered}"
            assert is_right, said
            assert not any(others), said
            assert question.right is None or len(others) >= 2
    return {question.kind for question in judged}


@pytest.mark.parametrize("case", usually(CASES, CHOSEN))
def test_every_answer_is_right_and_every_other_is_wrong(case):
    name, target = case.split()
    kinds = check(Request(text=gallery()[name].text, target=target))
    # That no kind is empty everywhere: these programs together have them all.
    expected = {
        "relu_bias c": set(KINDS) - {"thread", "target"},
        "matmul_gpu cuda": {"thread", "target", "dtype", "written"},
        "lost_sum cuda": {"racers", "check"},
        "transpose_shared cuda": {"banks", "sectors", "check"},
        "if_double c": {"type", "parent", "field", "use", "target", "adds", "next"},
    }
    assert kinds >= expected.get(case, {"type", "field"})


@pytest.mark.parametrize("seed", usually(range(12), (0, 1)))
def test_quizzes_of_random_programs_say_the_truth(seed):
    text = Writer(random.Random(seed).randint, exact=True).function()
    try:
        check(Request(text=text, target="c"))
    except ParseError:
        pytest.skip("TVM does not parse it")


def test_a_seed_and_a_text_give_one_quiz_in_every_language():
    request = Request(text=examples()["relu_bias"].text, target="c")
    replies = replies_to(request)

    def of(seed, language="en"):
        return making.made(request, replies, seed=seed, language=language)

    assert of(3) == of(3)
    assert len(of(3).questions) == making.USUAL
    assert of(3).questions != of(4).questions
    english, chinese = of(3), of(3, "zh")
    for one, other in zip(english.questions, chinese.questions, strict=True):
        assert (one.kind, one.solved, one.right) == (other.kind, other.solved, other.right)
        assert any(ord(c) > 0x2E80 for c in text_of(other.ask))
    assert english.lesson.questions == tuple(q.lesson_question for q in english.questions)


def test_words_have_the_same_values_in_both_languages():
    rows = table()
    for name, row in rows.kind.items():
        for words in filter(None, (row.ask, row.hint, row.reveal, row.point)):
            english, chinese = (_values(getattr(words, language)) for language in LANGUAGES)
            assert english == chinese, name


def _values(text):
    return {piece.partition("}")[0] for piece in text.split("{")[1:]}


def test_a_program_that_cannot_be_parsed_is_said():
    request = Request(text=examples()["relu_bias"].text.replace("T.max(", "T.max(("), target="c")
    with pytest.raises(VizError):
        making.made(request, replies_to(request), seed=1)
