"""Mend how loops are bound to threads: unbound ones, too many threads, an axis used twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from viz.frontend.mends.place import INDENT, TextPlace, called, constants
from viz.frontend.syntax import dotted
from viz.messages import Message, message_of
from viz.model.launch import MOST_THREADS
from viz.text import Patch, Span

Proposal = tuple[Message, list[Patch]]
"""What a change does, and the change."""

_RANGES = ("range", "serial", "parallel", "unroll", "grid")


def bind_loop(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Bind a loop to threads where its rounds write different elements, else run it in one."""
    loop = place.statement
    if isinstance(loop, ast.For) and _ranged(loop) and _rounds_are_apart(loop):
        yield from _bound(place, loop)
    yield from one_thread(place, values)


def bind_function(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Bind each outermost loop of a function, or let one thread do what it is around."""
    function = place.function
    if function is None:
        return
    titles: list[Message] = []
    patches: list[Patch] = []
    for node in function.body:
        if isinstance(node, ast.For):
            here = place._replace(around=(*place.around, node))
            title, changes = next(bind_loop(here, values))
            titles.append(title)
            patches += changes
    if titles:
        yield titles[0], patches


def _ranged(loop: ast.For) -> bool:
    if not isinstance(loop.iter, ast.Call) or loop.iter.keywords:
        return False
    name = dotted(loop.iter).rpartition(".")[2]
    return name in _RANGES and (name == "grid" or len(loop.iter.args) == 1)


def _bound(place: TextPlace, loop: ast.For) -> Iterator[Proposal]:
    assert isinstance(loop.iter, ast.Call)
    names = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
    extents = loop.iter.args
    if len(names) != len(extents) or not extents:
        return
    extent = extents[0]
    few = isinstance(extent, ast.Constant) and _is_few(extent.value)
    axis = "threadIdx.x" if few else "blockIdx.x"
    header = (
        f'for {ast.unparse(names[0])} in T.thread_binding({ast.unparse(extent)}, thread="{axis}"):'
    )
    title = message_of("mend-bind", loop=ast.unparse(names[0]), axis=axis)
    old = Span(place.text.line_span(loop.lineno).start, _header_end(place, loop))
    indent = place.indent(loop)
    if len(names) == 1:
        yield title, [Patch(old, indent + header)]
        return
    rest = ", ".join(map(ast.unparse, names[1:]))
    sizes = ", ".join(map(ast.unparse, extents[1:]))
    call = f"range({sizes})" if len(names) == 2 else f"{dotted(loop.iter)}({sizes})"
    inner = f"{indent}{INDENT}for {rest} in {call}:"
    yield title, [Patch(old, f"{indent}{header}\n{inner}"), *place.indented(loop.body)]


def _is_few(extent: Any) -> bool:
    return isinstance(extent, int) and extent <= MOST_THREADS


def _header_end(place: TextPlace, loop: ast.For) -> int:
    """Return where the header of a loop ends, behind its colon."""
    after = place.text.offset_of_byte(loop.iter.end_lineno or 0, loop.iter.end_col_offset or 0)
    return place.text.string.index(":", after) + 1


def _rounds_are_apart(loop: ast.For) -> bool:
    """Whether each store in a loop has the loop's first variable in its index.

    Names of blocks' spatial axes stand for the variables that they are bound to.
    """
    names = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
    depends = {ast.unparse(names[0])}
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            depends |= _axes_of(node, depends)
    stores = [
        target
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Subscript)
    ]
    return bool(stores) and all(_names(store.slice) & depends for store in stores)


def _axes_of(node: ast.Assign, depends: set[str]) -> set[str]:
    """Return the spatial axes of a block that an assignment binds to one of these variables."""
    assert isinstance(node.value, ast.Call)
    name = dotted(node.value).rpartition(".")[2]
    target, arguments = node.targets[0], node.value.args
    if name == "spatial" and len(arguments) == 2 and isinstance(target, ast.Name):
        return {target.id} if _names(arguments[1]) & depends else set()
    if name == "remap" and len(arguments) == 2 and isinstance(arguments[1], ast.List):
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        kinds = str(getattr(arguments[0], "value", ""))
        return {
            ast.unparse(each)
            for each, kind, value in zip(targets, kinds, arguments[1].elts, strict=False)
            if kind == "S" and _names(value) & depends
        }
    return set()


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def one_thread(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Put a statement into a loop over a single thread."""
    node = place.statement
    if not place.stands_alone(node):
        return
    name = place.free_name("t")
    header = f'for {name} in T.thread_binding(1, thread="threadIdx.x"):'
    patches = [place.insert_above(node, header), *place.indented([node])]
    yield message_of("mend-one-thread"), _merged(patches)


def serial_loop(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Let one thread make all rounds of a loop that is bound to an axis."""
    for loop in reversed(place.around):
        binding = called(loop.iter, "thread_binding") if isinstance(loop, ast.For) else None
        if binding is None or not binding.args or not isinstance(loop, ast.For):
            continue
        if any(each.value == values.get("axis") for each in _texts(binding)):
            serial = place.replaced(binding, f"range({ast.unparse(binding.args[0])})")
            title = message_of("mend-serial", loop=ast.unparse(loop.target))
            yield title, [serial]
            name = place.free_name("t")
            header = f'for {name} in T.thread_binding(1, thread="threadIdx.x"):'
            patches = [place.insert_above(loop, header), *place.indented([loop]), serial]
            yield title, _merged(patches)
            return


def _texts(node: ast.AST) -> Iterator[ast.Constant]:
    return (n for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _merged(patches: list[Patch]) -> list[Patch]:
    """Put insertions at the same place together, in their order."""
    at: dict[Span, str] = {}
    for patch in patches:
        at[patch.span] = at.get(patch.span, "") + patch.new
    return [Patch(span, new) for span, new in at.items()]


# ---------------------------------------------------------------- too many, or one axis twice


def split_threads(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Give the threads of a long axis to several blocks, each with as many as it may have."""
    axis = place.unused_axis("blockIdx")
    loop = place.statement
    call = loop.iter if isinstance(loop, ast.For) else getattr(loop, "value", None)
    size = _size(call)
    if not axis or size is None or not isinstance(call, ast.Call):
        return
    others = values["threads"] // size
    part = max(d for d in range(1, size + 1) if size % d == 0 and d * others <= MOST_THREADS)
    title = message_of("mend-split", blocks=size // part, threads=part, axis=axis)
    if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name):
        name = loop.target.id
        outer, inner = place.free_name(name), place.free_name(f"{name}_in")
        header = f'for {outer} in T.thread_binding({size // part}, thread="{axis}"):'
        yield (
            title,
            _merged(
                [
                    place.insert_above(loop, header),
                    *place.indented([loop]),
                    place.replaced(loop.target, inner),
                    place.replaced(_size_node(call), str(part)),
                    *place.renamed(loop.body, name, f"({outer} * {part} + {inner})"),
                ]
            ),
        )
    elif isinstance(loop, ast.Assign) and isinstance(loop.targets[0], ast.Name):
        name = loop.targets[0].id
        outer, inner = place.free_name(name), place.free_name(f"{name}_in")
        function = place.function
        assert function is not None
        rest = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
        after = [node for node in rest if node.lineno > loop.lineno and not _has_statements(node)]
        yield (
            title,
            [
                place.insert_above(loop, f'{outer} = T.launch_thread("{axis}", {size // part})'),
                place.replaced(loop.targets[0], inner),
                place.replaced(_size_node(call), str(part)),
                *place.renamed(after, name, f"({outer} * {part} + {inner})"),
            ],
        )


def _has_statements(node: ast.stmt) -> bool:
    return any(isinstance(child, ast.stmt) for child in ast.iter_child_nodes(node))


def _size_node(call: ast.AST | None) -> Any:
    if binding := called(call, "thread_binding"):
        return binding.args[0] if len(binding.args) == 1 else None
    if launch := called(call, "launch_thread"):
        return launch.args[1] if len(launch.args) == 2 else None
    return None


def _size(call: ast.AST | None) -> int | None:
    node = _size_node(call)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def other_axis(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Bind a long loop to x, which takes most: x must be free, or the two change places."""
    kind = str(values["kind"])
    long, roomy = f"{kind}.{values['axis']}", f"{kind}.x"
    function = place.function
    if function is not None and roomy in place.axes():
        changed = [*constants(function, {long: roomy, roomy: long})]
        title = message_of("mend-swap", old=long, new=roomy)
    else:
        changed = [*constants(place.statement, {long: roomy})]
        title = message_of("mend-axis", old=long, new=roomy)
    yield title, [place.replaced(node, f'"{new}"') for node, new in changed]


def second_axis(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Bind the inner of two loops over one axis to another axis."""
    old = str(values["thread"])
    new = place.unused_axis(old.partition(".")[0])
    loop = place.statement
    header = loop.iter if isinstance(loop, ast.For) else loop
    changed = [place.replaced(n, f'"{to}"') for n, to in constants(header, {old: new})]
    if new and changed:
        yield message_of("mend-axis", old=old, new=new), changed
