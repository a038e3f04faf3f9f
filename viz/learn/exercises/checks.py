"""Define the checks of exercises: tables of TOML, whose first word says what is looked at.

What an answer is compared with is the exercise's own: its reference, its program, its numbers.
Nothing of that comes from the answer.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from viz.learn.errors import FormError
from viz.messages import message_of
from viz.model import InputKind
from viz.model.running.cost import AccessKind, MemorySpace

CostFigure = Literal["sectors", "requests", "conflicts", "lanes", "operations", "threads", "blocks"]


class _CheckForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the checks: a misspelt word in one is an error."""


Devices = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class SameCheck(_CheckForm, frozen=True):
    """On fresh inputs the outputs are those of the reference: ``{same = ["cuda-emulated"]}``."""

    same: Devices
    inputs: InputKind = "normal"
    function: str = ""
    """The function that runs; the program's main one if empty."""


class CleanCheck(_CheckForm, frozen=True):
    """A checked run finds no race, no index outside of a buffer: ``{clean = "cuda-emulated"}``."""

    clean: Literal["cuda-emulated", "c"]


class CostCheck(_CheckForm, frozen=True):
    """A figure of the emulated kernels is at most, or at least: ``{cost = "sectors", most = 64}``.

    ``lanes`` are the active lanes of a request on the average of the access that has the fewest;
    ``operations`` those on floats; ``threads`` and ``blocks`` those of the largest launch; all
    others sums over the accesses that are meant.
    """

    cost: CostFigure
    most: int | None = None
    least: int | None = None
    buffer: str = ""
    kind: AccessKind | Literal[""] = ""
    space: MemorySpace | Literal[""] = ""


class NodesCheck(_CheckForm, frozen=True):
    """So many nodes of some types are in the program: ``{nodes = ["For"], most = 2}``."""

    nodes: Devices
    most: int | None = None
    least: int | None = None
    function: str = ""


class UnchangedCheck(_CheckForm, frozen=True):
    """Functions are as in the exercise's program, a schedule aside: ``{unchanged = ["main"]}``."""

    unchanged: Devices


class StepsCheck(_CheckForm, frozen=True):
    """The text has a schedule, and each of its steps applies: ``{steps = 3}``."""

    steps: int
    """The fewest steps."""


class RuleCheck(_CheckForm, frozen=True):
    """A rule writes programs as it should: ``{rule = "For", programs = ["…"]}``.

    The programs are not shown. ``$a``, ``$b`` … in them stand for other small numbers each time.
    """

    rule: str
    programs: Devices


class AgreeCheck(_CheckForm, frozen=True):
    """Two devices compute the same of edge values: ``{agree = ["c", "cuda-emulated"]}``."""

    agree: tuple[str, str]


AnswerCheck = (
    SameCheck
    | CleanCheck
    | CostCheck
    | NodesCheck
    | UnchangedCheck
    | StepsCheck
    | RuleCheck
    | AgreeCheck
)

_FORMS: dict[str, type[Any]] = {
    kind.__struct_fields__[0]: kind
    for kind in (
        SameCheck,
        CleanCheck,
        CostCheck,
        NodesCheck,
        UnchangedCheck,
        StepsCheck,
        RuleCheck,
        AgreeCheck,
    )
}


def check_of(table: dict[str, Any]) -> AnswerCheck:
    """Return the check of a table of TOML.

    Raises
    ------
    FormError
        When it is none, in words for whoever writes exercises.
    """
    form = next((form for word, form in _FORMS.items() if word in table), None)
    if form is None:
        raise FormError(message_of("exercise-check", known=tuple(_FORMS)))
    try:
        check: AnswerCheck = msgspec.convert(table, form)
    except msgspec.ValidationError as error:
        raise FormError(message_of("lesson-field", error=str(error))) from None
    return check
