"""Choose how each kernel of a text runs: warps as values, or a fiber for each lane, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from viz.emulator.warps.counters import CostCounters
from viz.emulator.warps.expressions import ExpressionWriter
from viz.emulator.warps.grammar import Unsaid
from viz.emulator.warps.parsing import functions
from viz.emulator.warps.statements import StatementWriter
from viz.emulator.warps.tree import (
    CudaVariable,
    FunctionTree,
    Leave,
    expressions,
    own_expressions,
    statements,
)
from viz.emulator.warps.uniform import flow_of
from viz.messages import Message, message_of

QUICK = "warps-quick"
"""The message of a kernel that needs no other form."""

_WARP_OPERATION = re.compile(r"_sync\(|__syncwarp|__activemask|\(volatile ")
_HELPER = re.compile(r"\b(tvm_builtin_\w+)\(")
_DEFINED = re.compile(r"\b(\w+)\([^()]*\) \{$", re.MULTILINE)
_CALL = """\
struct Call_{name} {{
  template <class... A>
  auto operator()(const A&... operands) const {{
    return {name}(operands...);
  }}
}};"""

_MEETS = re.compile(r"__sync|_sync\(|__activemask")


class FunctionWriter(NamedTuple):
    """What all functions of a text are written with."""

    dynamic: Callable[[CudaVariable], str]
    checked: bool
    called: set[str]
    counters: CostCounters | None = None

    def statements(
        self, tree: FunctionTree, helpers: Mapping[str, FunctionTree], *, line: str = ""
    ) -> StatementWriter:
        """Return what writes a function; the statements of a helper are at the line of a call."""
        flow = flow_of(tree, helpers)
        values = ExpressionWriter(
            checked=self.checked, helpers=helpers, called=self.called, counters=self.counters
        )
        values.line = line or values.line
        if line and self.counters is not None:
            values.call = "call__ + "
        return StatementWriter(values, flow, self.dynamic, placed=not line)


class Forms(NamedTuple):
    """How the kernels of a text run.

    Attributes
    ----------
    helpers
        The functions that the kernels call, as C++.
    kernels
        Those that run warps as values, by name, as C++ with its own ``#line`` directives.
    reasons
        Why each of the others has a fiber for each lane, by name.
    """

    helpers: str
    kernels: dict[str, str]
    reasons: dict[str, Message]


def forms(
    text: str,
    kernels: Mapping[str, str],
    dynamic: Callable[[CudaVariable], str],
    *,
    checked: bool,
    counters: CostCounters | None = None,
) -> Forms:
    """Choose the form of each kernel, and write those that run warps.

    Parameters
    ----------
    kernels
        The text of each kernel by its name.
    dynamic
        Returns the declaration of a dynamic shared array.
    counters
        Numbers what is counted; None where nothing is.
    """
    wanted = {
        name: checked or bool(_WARP_OPERATION.search(_with_helpers(text, body)))
        for name, body in kernels.items()
    }
    reasons = {name: message_of(QUICK) for name, want in wanted.items() if not want}
    written: dict[str, str] = {}
    if not any(wanted.values()):
        return Forms("", written, reasons)
    trees = functions(text, frozenset(_DEFINED.findall(text)) | frozenset(kernels))
    needed = {
        name: tree
        for name, tree in trees.items()
        if name not in kernels and _needs_warp(text, tree)
    }
    writer = FunctionWriter(dynamic, checked, set(), counters)
    prelude, said = _helpers(needed, writer)
    for name in filter(wanted.__getitem__, kernels):
        try:
            tree = trees.get(name)
            if isinstance(tree, Unsaid) or tree is None:
                raise tree or Unsaid(message_of("warps-construct", construct=name, line=0))
            _require_helpers(kernels[name], frozenset(needed) - frozenset(said))
            written[name] = _kernel(tree, said, writer)
        except Unsaid as unsaid:
            reasons[name] = unsaid.why
    calls = [_CALL.format(name=name) for name in sorted(writer.called)]
    return Forms("\n".join([*calls, prelude]), written, reasons)


def _with_helpers(text: str, body: str) -> str:
    """Return a kernel's text with those of the helpers that it calls, and that they call."""
    parts, known = [body], set[str]()
    for part in parts:
        for name in _HELPER.findall(part):
            if name not in known:
                known.add(name)
                start = text.find(f" {name}(")
                parts.append(text[start : text.find("\n}", start)])
    return "\n".join(parts)


def _needs_warp(text: str, tree: FunctionTree | Unsaid) -> bool:
    """Whether a helper cannot be called for each lane: it takes pointers, or lanes meet in it."""
    if isinstance(tree, Unsaid):
        return True
    body = "\n".join(text.split("\n")[tree.first_line - 1 : tree.last_line])
    pointers = any(variable.pointer for variable in tree.parameters)
    return pointers or bool(_MEETS.search(body)) or "tvm_builtin_" in body.partition("{")[2]


def _require_helpers(body: str, unsaid: frozenset[str]) -> None:
    for name in unsaid:
        if re.search(rf"\b{name}\(", body):
            raise Unsaid(message_of("warps-helper", name=name))


def _helpers(
    needed: Mapping[str, FunctionTree | Unsaid], writer: FunctionWriter
) -> tuple[str, dict[str, FunctionTree]]:
    """Return the helpers that can be written, as C++ and as trees."""
    parts = []
    said: dict[str, FunctionTree] = {}
    for name, tree in needed.items():
        if isinstance(tree, Unsaid):
            continue
        try:
            _require_helpers(_body_of(tree), frozenset(needed) - frozenset(said) - {name})
            parts.append(_helper(tree, dict(said), writer))
        except Unsaid:
            continue
        said[name] = tree
    return "\n".join(parts), said


def _body_of(tree: FunctionTree) -> str:
    """Return the calls in a function's body, as text."""
    return " ".join(
        f"{part.text}("
        for statement in statements(tree.body)
        for root in own_expressions(statement)
        for part in expressions(root)
        if part.kind == "call"
    )


def _helper(tree: FunctionTree, helpers: Mapping[str, FunctionTree], writer: FunctionWriter) -> str:
    for variable in tree.parameters:
        variable.varies = not variable.pointer
    if any(isinstance(inner, Leave) for inner in tree.body.statements[:-1]):
        raise Unsaid(message_of("warps-construct", construct="return", line=tree.first_line))
    statements_ = writer.statements(tree, helpers, line="line__")
    body = list(statements_.body(tree.body, "mask__0"))
    types = [f"class A{i}" for i in range(len(tree.parameters))]
    given = [f"const A{i}& given__{i}" for i in range(len(tree.parameters))]
    lines = [f"template <{', '.join(types)}>"] if types else []
    call = [] if writer.counters is None else ["warps::Place call__"]
    parameters = ", ".join(["warps::Mask mask__0", "int line__", *call, *given])
    lines.append(f"static inline auto warp_{tree.name}({parameters}) {{")
    for name in tree.types:
        place = next(
            (i for i, v in enumerate(tree.parameters) if v.type == name and not v.pointer), None
        )
        if place is None:
            raise Unsaid(message_of("warps-construct", construct=name, line=tree.first_line))
        lines.append(f"using {name} = warps::Element<A{place}>;")
    for i, variable in enumerate(tree.parameters):
        name, kind = variable.name, variable.type
        value = f"given__{i}" if variable.pointer else f"warps::spread<{kind}>(given__{i})"
        lines.append(f"auto {name} = {value};")
    lines.append("const warps::Indices& threadIdx = warps::thread_indices();")
    lines += [f"const auto {name} = {value};" for name, value in statements_.thread_values]
    return "\n".join([*lines, *body, "}"])


def _kernel(tree: FunctionTree, helpers: Mapping[str, FunctionTree], writer: FunctionWriter) -> str:
    parameters = ", ".join(
        _parameter(variable, checked=writer.checked) for variable in tree.parameters
    )
    statements_ = writer.statements(tree, helpers)
    body = list(statements_.body(tree.body, "mask__0"))
    lines = [
        f"#line {tree.first_line}",
        f"EMULATOR_WARP_FUNCTION static void warp_{tree.name}({parameters}) {{",
        "const warps::Indices& threadIdx = warps::thread_indices();",
        *(f"const auto {name} = {value};" for name, value in statements_.thread_values),
        "warps::Mask mask__0 = warps::begin();",
        *body,
        "}",
    ]
    return "\n".join(lines)


def _parameter(variable: CudaVariable, *, checked: bool) -> str:
    if not variable.pointer:
        return f"{variable.type} {variable.name}"
    if checked:
        return f"emulator::Pointer<{variable.type}> {variable.name}"
    return f"{variable.type}* {variable.name}"
