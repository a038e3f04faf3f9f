"""Assertions for unit tests of ASTs, codegens and passes.

>>> from viz.testing import assert_ast, assert_compiles, assert_pass_changes, assert_passes_preserve
>>> from viz.testing import assert_coalesced, assert_launchable, assert_schedule, assert_source
>>> from viz.testing.nodes import Add, BufferStore, For
>>> assert_ast(program, For(body=BufferStore(value=Add(b=1.0))))
>>> assert_source(program, "c", "CHECK: for (int32_t i = 0; i < 8; ++i) {")
>>> assert_compiles(program, "c")
>>> assert_pass_changes(program, "c", "tirx.FlattenBuffer")
>>> assert_passes_preserve(program, "cuda")
>>> assert_launchable(program, "cuda")
>>> assert_coalesced(program)
>>> assert_schedule(text, "b = sch.get_sblock('C')")
>>> assert_lessons("my_lessons")

A program is a text as for :func:`viz.inspect`, or an IRModule; it is read and lowered in this
process. An assertion that does not hold raises an ``AssertionError`` that shows where; a program
that cannot be read or lowered raises a :class:`viz.VizError`. TVM is imported with the first
program. Lessons are looked at in a jailed process.
"""

from viz.testing.compiles import assert_compiles, has_compiler
from viz.testing.cost import assert_coalesced, assert_cost, assert_no_bank_conflicts
from viz.testing.launch import assert_launchable
from viz.testing.lessons import assert_answer, assert_lessons
from viz.testing.passes import assert_pass_changes, assert_pass_keeps, assert_passes_preserve
from viz.testing.pattern import Pattern, anywhere, node, nowhere
from viz.testing.schedule import assert_schedule
from viz.testing.source import assert_source
from viz.testing.tree import assert_ast

__all__ = [
    "Pattern",
    "anywhere",
    "assert_answer",
    "assert_ast",
    "assert_coalesced",
    "assert_compiles",
    "assert_cost",
    "assert_launchable",
    "assert_lessons",
    "assert_no_bank_conflicts",
    "assert_pass_changes",
    "assert_pass_keeps",
    "assert_passes_preserve",
    "assert_schedule",
    "assert_source",
    "has_compiler",
    "node",
    "nowhere",
]
