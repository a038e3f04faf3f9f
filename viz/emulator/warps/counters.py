"""Number the statements, branches and accesses whose runs are counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from viz.emulator.warps.arithmetic import Operations, operations
from viz.emulator.warps.tree import Expression
from viz.text import Span

MOST_STATEMENTS, MOST_BRANCHES = 1 << 16, 1 << 13
"""As in ``runtime/warps/counting.h``."""


@dataclass
class CostCounters:
    """What is counted, by number. Offsets are code points of the CUDA text.

    Attributes
    ----------
    statements
        The arithmetic that each does.
    branches
        Where the condition of each stands.
    ends
        Where each access, and each call of a helper, ends, by where it begins.
    """

    statements: list[Operations] = field(default_factory=list)
    branches: list[Span] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)

    def statement(self, parts: tuple[Expression, ...]) -> int | None:
        """Return the number of a statement, None where it has no arithmetic."""
        total = Operations()
        for part in parts:
            total = total.plus(operations(part))
        if total == Operations() or len(self.statements) == MOST_STATEMENTS:
            return None
        self.statements.append(total)
        return len(self.statements) - 1

    def is_room(self) -> bool:
        """Whether another branch can be counted."""
        return len(self.branches) < MOST_BRANCHES

    def branch(self, condition: Expression) -> int:
        """Return the number of a branch."""
        self.branches.append(Span(condition.place, condition.end))
        return len(self.branches) - 1
