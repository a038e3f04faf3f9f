"""Write the Python program of each stage of a recorded pipeline, as far as it can be run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from viz.errors import RunError
from viz.ir.functions import only
from viz.ir.walker import Walks
from viz.messages import message_of
from viz.model import Emission, StageName, Tree
from viz.passes.function_roles import is_bound, is_tirx
from viz.passes.recording import Recording
from viz.step.execution.limited import LimitedProgram
from viz.step.python_codegen import name_in, python_of

SPLIT, PACKED, SYNC = "tirx.SplitHostDevice", "tirx.MakePackedAPI", "s_tir.ThreadSync"
"""The passes that move the kernels into functions of their own, that give host functions TVM's
calling convention, and that insert the barriers."""

RootOf = Callable[[StageName], Any]
"""Returns the module, or the one function, that is walked at a stage."""


class StageProgram(NamedTuple):
    """The program of one stage: a tree and its text, or two where kernels are functions.

    Then the first is the host's function, from the stage at which kernels were split off: what
    calls them is not lowered further.
    """

    stage: StageName
    parts: tuple[tuple[Tree, Emission], ...]
    stages: tuple[StageName, ...]
    """The stage of each part."""
    function: str
    """What the text calls the function that is run."""
    has_barriers: bool
    """Whether its barriers are those of TVM or the user, not ours: then any order of threads must
    do. Before, a reduction over threads may begin at the first one."""

    @property
    def kernels_only(self) -> bool:
        """Whether the host's function is that of an earlier stage."""
        return len(self.parts) > 1 and self.stages[0] != self.stages[1]

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of its parts; two stages with the same ones compute the same."""
        return tuple(emission.text for _, emission in self.parts)

    def compiled(self) -> LimitedProgram:
        """Return it as something that runs."""
        return LimitedProgram(self.texts)


class StagePrograms:
    """The programs of the stages of a recorded pipeline for one of its functions."""

    def __init__(self, recording: Recording, function: str, root_of: RootOf, walks: Walks) -> None:
        self._recording = recording
        self._function = function
        self._root_of = root_of
        self._walks = walks
        names = [step.name for step in recording.steps]
        changed = recording.changed
        self._split = next((i for i, n in enumerate(names, 1) if n == SPLIT and changed[i - 1]), 0)
        self._packed = names.index(PACKED) + 1 if PACKED in names else len(names) + 1
        # There is one for each kind of shared memory.
        last = max((i for i, name in enumerate(names, 1) if name == SYNC), default=0)
        self._synchronised = last or len(names) + 1
        # Whoever writes TIRx writes the barriers too.
        self._is_tirx = is_tirx(recording.input[function])
        used = {str(variable.name_hint) for variable in only(recording.input, function).functions}
        self._others = {str(v.name_hint) for v in recording.input.functions} - used

    def stages(self) -> Iterator[tuple[StageName, str]]:
        """Yield the input, the schedule and each stage that differs from the one before it."""
        yield "input", ""
        recording = self._recording
        ended = len(recording.steps) - recording.threw  # a pass that threw left nothing
        own = sum(step.part == "schedule" for step in recording.steps)
        for number, step in enumerate(recording.steps[:ended], 1):
            is_first = number == own + 1  # of the passes
            if is_first and not self._is_bound(own or "input") and self._is_bound("scheduled"):
                yield "scheduled", ""
            # Without a barrier that it left out, a stage is another program all the same.
            left_out = number == self._synchronised and self._is_bound(number)
            if recording.changed[number - 1] or left_out:
                yield number, step.name

    def _is_bound(self, stage: StageName) -> bool:
        functions = self._recording.stage(stage).functions if self._recording.steps else {}
        return any(map(is_bound, functions.values()))

    def program(self, stage: StageName) -> StageProgram:
        """Return the program of a stage.

        Raises
        ------
        RunError
            When it cannot be run: a node has no rule, or the host's function is packed.
        """
        number = stage if isinstance(stage, int) else 0
        if number < self._packed and (not self._split or number < self._split):
            return self._assembled(stage, (stage, self._others))
        if not self._split or self._recording.steps[number - 1].part == "host":
            raise RunError(message_of("unable-packed"))
        kernels = self._names(self._split) - self._names(self._split - 1)
        hosts = self._names(number) - kernels
        if not self._names(number) & kernels:
            raise RunError(message_of("unable-packed"))
        split = self._split, self._others | kernels
        return self._assembled(stage, split, (number, hosts))

    def _assembled(self, stage: StageName, *parts: tuple[StageName, set[str]]) -> StageProgram:
        written = []
        for of, left_out in parts:
            tree = self._walks.tree(self._root_of(of), of, self._recording.target)
            has_barriers = self._has_barriers(of)
            emission = python_of(tree, has_barriers=has_barriers, leave_out=left_out)
            written.append((tree, emission))
        function = name_in(*written[0], self._function)
        stages = tuple(of for of, _ in parts)
        return StageProgram(stage, tuple(written), stages, function, self._has_barriers(stage))

    def _has_barriers(self, stage: StageName) -> bool:
        return self._is_tirx or (isinstance(stage, int) and stage >= self._synchronised)

    def _names(self, number: int) -> set[str]:
        """Return the names of the functions at a stage."""
        return {str(variable.name_hint) for variable in self._recording.stage(number).functions}
