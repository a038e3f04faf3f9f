"""Choose how each kernel of a text runs: warps as values, or a fiber for each lane, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from viz.emulator.warps.expressions import ExpressionWriter
from viz.emulator.warps.parsing import Unsaid, functions
from viz.emulator.warps.statements import StatementWriter
from viz.emulator.warps.tree import Function, Leave, Variable
from viz.emulator.warps.uniform import flow_of
from viz.messages import Message, message_of

_WARP_OPERATION = re.compile(r"_sync\(|__syncwarp|__activemask|\(volatile ")
_DEFINED = re.compile(r"\b(\w+)\([^()]*\) \{$", re.MULTILINE)
_OPERATES = re.compile(r"__sync|_sync\(|\*")
"""What a helper does that needs the warp: it waits, or takes pointers."""


class WarpKernel(NamedTuple):
    """A kernel as C++ that runs warps. ``text`` has its own ``#line`` directives."""

    name: str
    text: str


class Forms(NamedTuple):
    """How the kernels of a text run.

    Attributes
    ----------
    helpers
        The functions that the kernels call, as C++.
    kernels
        Those that run warps as values, by name.
    reasons
        Why each of the others has a fiber for each lane, by name.
    """

    helpers: str
    kernels: dict[str, WarpKernel]
    reasons: dict[str, Message]


def forms(
    text: str,
    kernels: Mapping[str, str],
    dynamic: Callable[[Variable], str],
    *,
    checked: bool,
) -> Forms:
    """Choose the form of each kernel, and write those that run warps.

    Parameters
    ----------
    kernels
        The text of each kernel by its name.
    dynamic
        Returns the declaration of a dynamic shared array.
    """
    wanted = {
        name: checked or bool(_WARP_OPERATION.search(_with_helpers(text, body)))
        for name, body in kernels.items()
    }
    reasons = {name: message_of("warps-quick") for name, want in wanted.items() if not want}
    written: dict[str, WarpKernel] = {}
    if not any(wanted.values()):
        return Forms("", written, reasons)
    trees = functions(text, frozenset(_DEFINED.findall(text)) | frozenset(kernels))
    helpers = {
        name: tree
        for name, tree in trees.items()
        if name not in kernels and _OPERATES.search(_text_of(text, tree))
    }
    said = {name: tree for name, tree in helpers.items() if isinstance(tree, Function)}
    prelude, said = _helpers(said, dynamic, checked=checked)
    for name in filter(wanted.__getitem__, kernels):
        try:
            tree = trees.get(name)
            if isinstance(tree, Unsaid) or tree is None:
                raise tree or Unsaid(message_of("warps-construct", construct=name, line=0))
            _require_helpers(kernels[name], frozenset(helpers) - frozenset(said))
            written[name] = WarpKernel(name, _kernel(tree, said, dynamic, checked=checked))
        except Unsaid as unsaid:
            reasons[name] = unsaid.why
    return Forms(prelude, written, reasons)


def _with_helpers(text: str, body: str) -> str:
    """Return a kernel's text with those of the helpers that it calls by name."""
    called = re.findall(r"\b(tvm_builtin_\w+)\(", body)
    parts = [body]
    for name in called:
        start = text.find(f" {name}(")
        parts.append(text[start : text.find("\n}", start)])
    return "\n".join(parts)


def _text_of(text: str, tree: Function | Unsaid) -> str:
    if isinstance(tree, Unsaid):
        return "*"
    return "\n".join(text.split("\n")[tree.first_line - 1 : tree.last_line])


def _require_helpers(body: str, unsaid: frozenset[str]) -> None:
    for name in unsaid:
        if re.search(rf"\b{name}\(", body):
            raise Unsaid(message_of("warps-helper", name=name))


def _helpers(
    helpers: Mapping[str, Function], dynamic: Callable[[Variable], str], *, checked: bool
) -> tuple[str, dict[str, Function]]:
    """Return the helpers that can be written, as C++ and as trees."""
    parts = []
    said: dict[str, Function] = {}
    for name, tree in helpers.items():
        try:
            parts.append(_helper(tree, dict(said), dynamic, checked=checked))
        except Unsaid:
            continue
        said[name] = tree
    return "\n".join(parts), said


def _helper(
    tree: Function,
    helpers: Mapping[str, Function],
    dynamic: Callable[[Variable], str],
    *,
    checked: bool,
) -> str:
    for variable in tree.parameters:
        variable.varies = not variable.pointer
    flow = flow_of(tree, helpers)
    if any(isinstance(inner, Leave) for inner in tree.body.statements[:-1]):
        raise Unsaid(message_of("warps-construct", construct="return", line=tree.first_line))
    expressions = ExpressionWriter(checked=checked, helpers=helpers)
    expressions.line = "line__"
    writer = StatementWriter(expressions, flow, dynamic, placed=False)
    types = [f"class A{i}" for i in range(len(tree.parameters))]
    given = [f"const A{i}& given__{i}" for i in range(len(tree.parameters))]
    lines = [f"template <{', '.join(types)}>"] if types else []
    lines.append(
        f"static inline auto warp_{tree.name}("
        f"{', '.join(['warps::Mask mask__0', 'int line__', *given])}) {{"
    )
    for i, variable in enumerate(tree.parameters):
        kind = variable.type.removeprefix("const ")
        if variable.pointer:
            lines.append(f"auto {variable.name} = given__{i};")
        else:
            lines.append(
                f"warps::Lanes<{kind}> {variable.name} = warps::spread<{kind}>(given__{i});"
            )
    return "\n".join([*lines, *writer.body(tree.body, "mask__0"), "}"])


def _kernel(
    tree: Function,
    helpers: Mapping[str, Function],
    dynamic: Callable[[Variable], str],
    *,
    checked: bool,
) -> str:
    flow = flow_of(tree, helpers)
    expressions = ExpressionWriter(checked=checked, helpers=helpers)
    writer = StatementWriter(expressions, flow, dynamic, placed=True)
    parameters = ", ".join(_parameter(variable, checked=checked) for variable in tree.parameters)
    lines = [
        f"#line {tree.first_line}",
        f"static void warp_{tree.name}({parameters}) {{",
        "const warps::Indices& threadIdx = warps::thread_indices();",
        "warps::Mask mask__0 = warps::begin();",
        *writer.body(tree.body, "mask__0"),
        "}",
    ]
    return "\n".join(lines)


def _parameter(variable: Variable, *, checked: bool) -> str:
    if not variable.pointer:
        return f"{variable.type} {variable.name}"
    if checked:
        return f"emulator::Pointer<{variable.type}> {variable.name}"
    return f"{variable.type}* {variable.name}"
