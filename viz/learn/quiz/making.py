"""Make a quiz of a program: choose questions by a seed, each with one right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

import msgspec

from viz.errors import VizError
from viz.learn.answers import Solved, solved
from viz.learn.evidence import Evidence, key_of
from viz.learn.lesson import Lesson, LessonQuestion, Sentence
from viz.learn.quiz import run_kinds
from viz.learn.quiz.draft import Draft, NotApplicableError, Reason
from viz.learn.quiz.kinds import KINDS, RUN_KINDS, Kind
from viz.learn.quiz.material import Material
from viz.learn.quiz.target_kinds import ASKED
from viz.learn.quiz.wording import ask_of, lesson_question_of, quiz_words, words_of_option
from viz.messages import Language
from viz.model import (
    Options,
    OriginsPart,
    OverviewPart,
    Part,
    Plain,
    Problem,
    Reply,
    Request,
    Scalar,
    SourcePart,
    TreePart,
)
from viz.model.problem import error_of, problem_of
from viz.service.client.submit import submit_all

USUAL = 10
"""Questions of a quiz, if nothing else is asked for."""

MOST = 30
"""Questions of the longest quiz."""

ABOUT_RUN = 2
"""Questions of a quiz that are about a run, where the program can run on the emulated GPU."""

_LEAST_WITH_RUN = 4
"""Questions of the shortest quiz that has such ones."""


class QuizQuestion(Plain, frozen=True, kw_only=True):
    """A question of a quiz, in a language, with its answer."""

    kind: str
    """Its kind, such as ``writer``: a row of :data:`viz.learn.quiz.kinds.KINDS`."""
    ask: Sentence
    """What it asks, where nothing can be pointed at."""
    lesson_question: LessonQuestion
    """The question as a lesson has it."""
    solved: Solved
    """What is right."""
    offered: tuple[Sentence, ...] = ()
    """Answers to choose from. Those of a question for a node or a pass are for where nothing can be
    pointed at; one for a number has none."""
    right: int | None = None
    """Which of them is right, from 0."""


class Quiz(Plain, frozen=True, kw_only=True):
    """Questions about a program."""

    seed: int
    text: str
    """The text of the program."""
    target: str
    """The target whose build and text are asked about."""
    language: Language
    questions: tuple[QuizQuestion, ...]
    left_out: dict[str, Reason] = {}
    """Kinds of which the program has no question, and why."""
    is_whole: bool = True
    """Whether nothing is missing: the questions about a run may come later."""

    @property
    def lesson(self) -> Lesson:
        """The quiz as a lesson, whose questions are all that it has."""
        return Lesson(
            name=f"quiz-{self.seed}",
            title=quiz_words("title", self.language, seed=self.seed),
            summary=quiz_words("summary", self.language),
            text=self.text,
            targets=(self.target,),
            target=self.target,
            blocks=tuple(question.lesson_question for question in self.questions),
        )


def quiz_of(
    text: str,
    target: str = "c",
    *,
    seed: int = 0,
    questions: int = USUAL,
    language: Language = "en",
    definition: str = "",
    arguments: Mapping[str, Scalar] | None = None,
) -> Quiz:
    """Make a quiz of a program, which is parsed and compiled in a jailed process.

    The same seed and text give the same quiz, whatever its language.

    >>> quiz = quiz_of(text, "cuda", seed=7)
    >>> [question.kind for question in quiz.questions]

    Parameters
    ----------
    text
        A PrimFunc, a module class, or a whole Python file that holds some.
    target
        The target whose build and text are asked about, such as ``c`` or ``cuda``.
    seed
        Chooses the questions; 0 or more.
    questions
        How many, from 1 to 30; a program may have fewer to ask about.
    language
        That of the questions, ``en`` or ``zh``.
    definition, arguments
        As for :func:`viz.analyze`.

    Raises
    ------
    VizError
        When the text cannot be read or parsed. What fails for a target leaves out the kinds of
        questions that are about its build.
    """
    base = Request(text=text, definition=definition, arguments=dict(arguments or {}), target=target)
    return asked(base, seed=seed, questions=questions, language=language)


def asked(base: Request, *, seed: int, questions: int, language: Language) -> Quiz:
    """Return the quiz of the program and the target of a request: see :func:`quiz_of`."""
    wanted = [*requests(base), *run_requests(base, questions)]
    results = submit_all(wanted).results()
    replies: dict[str, Reply | Problem] = {
        key_of(request): problem_of(result) if isinstance(result, VizError) else result
        for request, result in zip(wanted, results, strict=True)
    }
    return made(base, replies, seed=seed, questions=questions, language=language)


def requests(base: Request) -> list[Request]:
    """Return the requests whose replies a quiz is made from, for the target of ``base``."""
    # The options are those of the base's target, not of others.
    other = msgspec.structs.replace(base, options=Options(), part=SourcePart())
    parts: tuple[Part, ...] = (
        OverviewPart(passes=True, counts=True),
        TreePart(stage="scheduled"),
        TreePart(stage="final"),
        SourcePart(),
        OriginsPart(),
        TreePart(),
    )
    return [
        *(msgspec.structs.replace(other, target=name) for name in ASKED if name != base.target),
        *(msgspec.structs.replace(base, part=part) for part in parts),
    ]


def run_requests(base: Request, questions: int = USUAL) -> list[Request]:
    """Return the request for the run that a quiz asks about; none where it asks about no run."""
    if base.target != run_kinds.TARGET or questions < _LEAST_WITH_RUN:
        return []
    return [msgspec.structs.replace(base, part=run_kinds.RUN)]


def made(
    base: Request,
    replies: Mapping[str, Reply | Problem],
    *,
    seed: int,
    questions: int = USUAL,
    language: Language = "en",
    is_whole: bool = True,
) -> Quiz:
    """Return the quiz of a program from the replies to its requests.

    Parameters
    ----------
    replies
        Those to :func:`requests`, and with ``is_whole`` those to :func:`run_requests`.
    is_whole
        Whether the questions about a run are in it. The quiz without them is the beginning of the
        whole one.

    Raises
    ------
    VizError
        When the program could not be parsed.
    """
    parsed = replies[key_of(requests(base)[-1])]
    if isinstance(parsed, Problem):
        raise error_of(parsed)
    material = Material(base.text, base.target, Evidence(base.text, replies))
    count = max(1, min(questions, MOST))
    later = ABOUT_RUN if run_requests(base, count) else 0
    kinds = _drafts(KINDS, material, seed)
    found, left_out = _one_each(kinds)
    chosen = Random(seed).sample(found, min(count - later, len(found)))
    chosen += _more(kinds, count - later - len(chosen))
    order = [*KINDS]
    chosen.sort(key=lambda draft: order.index(draft.kind))
    if is_whole:
        of_run, without = _one_each(_drafts(RUN_KINDS, material, seed))
        left_out |= without
        # Few programs have a race: who races is asked wherever there is one.
        races = [draft for draft in of_run if draft.kind == "racers"]
        others = [draft for draft in of_run if draft not in races]
        about_run = [*races, *Random(f"{seed} run").sample(others, len(others))][:later]
        # In the order of the kinds: that there is a race is asked before who races.
        chosen += [draft for draft in of_run if draft in about_run]
        # Where the run gives too little, others take the place.
        chosen += [draft for draft in found if draft not in chosen][: count - len(chosen)]
        chosen += _more(kinds, count - len(chosen))
    return Quiz(
        seed=seed,
        text=base.text,
        target=base.target,
        language=language,
        questions=tuple(_question(draft, material, language) for draft in chosen),
        left_out=left_out,
        is_whole=is_whole or not later,
    )


def _drafts(table: dict[str, Kind], material: Material, seed: int) -> dict[str, Iterator[Draft]]:
    return {
        name: _checked(material, kind(material, Random(f"{seed} {name}")))
        for name, kind in table.items()
    }


def _one_each(kinds: dict[str, Iterator[Draft]]) -> tuple[list[Draft], dict[str, Reason]]:
    """Return a question of each kind, and why others have none."""
    left_out: dict[str, Reason] = {}
    found: list[Draft] = []
    for name, drafts in kinds.items():
        try:
            found.append(next(drafts))
        except NotApplicableError as error:
            left_out[name] = error.reason
        except StopIteration:
            left_out[name] = "nothing"
    return found, left_out


def _more(kinds: dict[str, Iterator[Draft]], count: int) -> list[Draft]:
    """Return further questions, of each kind one more until there are enough."""
    found: list[Draft] = []
    left = dict(kinds)
    while left and len(found) < count:
        for name, drafts in [*left.items()]:
            try:
                found.append(next(drafts))
            except (NotApplicableError, StopIteration):
                del left[name]
    return found[: max(0, count)]


def _checked(material: Material, drafts: Iterator[Draft]) -> Iterator[Draft]:
    """Yield the questions whose answer the replies bear out, and no two answers look the same."""
    for draft in drafts:
        words = [(option.words, option.names) for option in draft.options]
        found = solved(lesson_question_of(draft, "en"), material.evidence)
        if found.problem is None and len({*words}) == len(words) and _agrees(draft, found):
            yield draft


def _agrees(draft: Draft, found: Solved) -> bool:
    """Return whether what the replies say is right is the option that is called so."""
    if draft.how == "choice":
        return found.right == draft.right
    if draft.how == "number":
        return isinstance(found.value, int)
    right = draft.options[draft.right].value
    if found.stop is not None:
        return found.stop.name.rpartition(".")[2] == right
    return found.place is not None and found.place.tree == "input" and found.place.path == right


def _question(draft: Draft, material: Material, language: Language) -> QuizQuestion:
    in_lesson = lesson_question_of(draft, language)
    return QuizQuestion(
        kind=draft.kind,
        ask=ask_of(draft, language, can_point=False),
        lesson_question=in_lesson,
        solved=solved(in_lesson, material.evidence),
        offered=tuple(words_of_option(option, language) for option in draft.options),
        right=draft.right if draft.options else None,
    )
