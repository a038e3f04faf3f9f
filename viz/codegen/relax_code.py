"""Write the code of Relax's virtual machine, with the bindings that each instruction is for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tvm import ir, relax

from viz.ir.labels import operator
from viz.ir.walker import Occurrence
from viz.locale.translator import marked
from viz.model import Emission, Mark, Verified
from viz.passes.recording import Recording

LANGUAGE = "relax-vm"
"""The language of the code."""

_FUNCTION = re.compile(r"^@(?P<name>[^\s:]+):\n", re.MULTILINE)
_INSTRUCTION = re.compile(
    r"^ {2}(?P<whole>(?P<kind>\w+)(?: +(?P<callee>\S+))?[^\n]*?) *$", re.MULTILINE
)

NAMES = {
    "relax.vm.alloc_storage": "vm.builtin.alloc_storage",
    "relax.vm.alloc_tensor": "vm.builtin.alloc_tensor",
    "relax.vm.kill_object": "vm.builtin.null_value",
}
"""What the virtual machine calls for operators of Relax, as far as one function stands for each."""


class _Instruction(NamedTuple):
    """An instruction of the code; ``callee`` is what a call calls."""

    start: int
    end: int
    kind: str
    callee: str
    callee_start: int


def relax_code(recording: Recording, functions: dict[str, list[Occurrence]]) -> Emission | None:
    """Return the code of the virtual machine of a recorded build; None where there is none.

    Parameters
    ----------
    functions
        The nodes of each function of the final module, by name.
    """
    if recording.relax is None or not recording.relax.code:
        return None
    text = recording.relax.code
    found: list[Mark] = []
    verified: Verified = "statements"
    for match, end in _sections(text):
        nodes = functions.get(match["name"], [])
        marks = _marks(text, match.end(), end, nodes)
        if marks is None:
            verified = "partly"
        if nodes:
            found += [Mark(match.start(), end, nodes[0].id), *(marks or ())]
    return Emission(
        part="host",
        title=marked("Relax VM code"),
        language=LANGUAGE,
        form="vm",
        text=text,
        marks=tuple(found),
        verified=verified,
    )


def _sections(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yield the head of each function with the offset where its instructions end."""
    for match in _FUNCTION.finditer(text):
        end = text.find("\n\n", match.end())
        yield match, len(text) if end < 0 else end


def _marks(text: str, start: int, end: int, nodes: Sequence[Occurrence]) -> list[Mark] | None:
    """Return the marks of a function's instructions; None where they are not those expected."""
    instructions = [
        _Instruction(
            match.start("whole"),
            match.end("whole"),
            match["kind"],
            match["callee"] or "",
            match.start("callee"),
        )
        for match in _INSTRUCTION.finditer(text, start, end)
    ]
    calls = [each for each in instructions if each.kind == "call"]
    bindings = [node for node in nodes if _is_called(node.obj)]
    if len(calls) != len(bindings):
        return None
    values = {node.parent: node.id for node in nodes if node.field == "value"}
    marks: list[Mark] = []
    for instruction, node in zip(calls, bindings, strict=True):
        callee = _callee(node.obj.value)
        if callee and callee != instruction.callee:
            return None
        marks.append(Mark(instruction.start, instruction.end, node.id))
        name_end = instruction.callee_start + len(instruction.callee)
        marks.append(Mark(instruction.callee_start, name_end, values.get(node.id, node.id)))
    for each in instructions:
        if each.kind == "ret" and len(nodes) > 1:
            result = next(n.id for n in reversed(nodes) if n.field == "body")
            marks.append(Mark(each.start, each.end, result))
    return sorted(marks, key=lambda mark: (mark.start, -mark.end))


def _is_called(binding: Any) -> bool:
    """Whether a binding becomes a call of the virtual machine: a name or a constant is none."""
    if not isinstance(binding, relax.VarBinding) or operator(binding.value) == "relax.null_value":
        return False
    return isinstance(binding.value, ir.Call | ir.Tuple | ir.TupleGetItem)


def _callee(value: Any) -> str:
    """Return the name of what the virtual machine calls; empty where it is not known."""
    if isinstance(value, ir.Tuple):
        return "vm.builtin.make_tuple"
    if not isinstance(value, ir.Call):
        return ""
    if isinstance(value.op, ir.GlobalVar):
        return str(value.op.name_hint)
    if isinstance(value.op, relax.ExternFunc):
        return str(value.op.global_symbol)
    if operator(value) == "relax.call_builtin_with_ctx":
        return str(value.args[0].global_symbol)
    return NAMES.get(operator(value), "")
