"""The rules that the stages of a GPU add: threads, barriers, and values from other threads.

A thread block runs in one of two ways. Threads that need nothing of each other are loops. Threads
that wait for each other are a function ``thread``, which yields where it waits, and ``run_threads``
lets them take turns. Barriers that a pass inserts later are missing in the stages before it: there
they are written between statements that write shared memory and statements that touch the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from viz.step import kernel_calls, rules
from viz.step.barriers import (
    SYNCS,
    apart,
    branch,
    is_barrier,
    is_common,
    realize,
    scope,
    sequence,
    serial,
    views,
)
from viz.step.expressions import shape_of, typed
from viz.step.rules import allocation
from viz.step.writer import (
    ATOM,
    NEWLINE,
    Block,
    Context,
    Expression,
    Helper,
    Operand,
    Part,
    Piece,
    Pieces,
    RuleWriter,
    Statement,
    Within,
    joined,
)

SHUFFLES = {
    "tirx.tvm_warp_shuffle": "shuffle",
    "tirx.tvm_warp_shuffle_up": "shuffle_up",
    "tirx.tvm_warp_shuffle_down": "shuffle_down",
    "tirx.tvm_warp_shuffle_xor": "shuffle_xor",
} | {f"tirx.cuda.__shfl{which}_sync": f"shuffle{which}" for which in ("", "_up", "_down", "_xor")}
REDUCE = "tirx.tvm_thread_allreduce"


BINDING = ("tirx.For", "tirx.AttrStmt")
"""The types of the statements that may bind a variable to an index of threads."""


class Binding(NamedTuple):
    """A loop, or an attribute, that binds a variable to an index of threads."""

    tag: str
    variable: Part
    extent: Part
    body: Part


def binding(n: Part) -> Binding | None:
    """Return what a statement binds, None where it binds nothing."""
    if n.key == "tirx.For" and n.field("kind") == "thread_binding":
        return Binding(
            n["thread_binding"].field("thread_tag"), n["loop_var"], n["extent"], n["body"]
        )
    if n.key == "tirx.AttrStmt" and n.field("attr_key") in ("thread_extent", "virtual_thread"):
        return Binding(n["node"].field("thread_tag"), n["node"]["var"], n["value"], n["body"])
    return None


# ---------------------------------------------------------------- threads


def bound(w: RuleWriter, n: Part, otherwise: Statement) -> Pieces:
    """Write a binding: a loop, or ``def thread(threadIdx_x):`` where threads wait for others."""
    found = binding(n)
    if found is None:
        return otherwise(w, n)
    context = w.context if w.context.threads else w.context._replace(launch=launch(n))
    same = [link for link in context.threads if link[0] == found.tag and "." in found.tag]
    if found.variable.variable in [variable for _, variable, _ in same]:
        return (found.body,)
    if same:  # the same thread by another name
        name = same[0][2]
        threads = (*context.threads, (found.tag, found.variable.variable, name))
        body = Within(context._replace(threads=threads), (found.body,))
        return (found.variable, " = ", name, NEWLINE, body)
    if found.tag.startswith("threadIdx"):
        chain = nest(found)
        if waits(w, chain[-1].body):
            return together(w, context, chain)
    threads = (*context.threads, (found.tag, found.variable.variable, w.name(found.variable)))
    body = Within(context._replace(threads=threads), (found.body,))
    return ("for ", found.variable, " in range(", found.extent, "):", Block((body,)))


def launch(n: Part) -> tuple[tuple[str, Part], ...]:
    """Return the indices of a kernel's threads and their extents, ``threadIdx.x`` last."""
    bindings = filter(None, map(binding, n.find(*BINDING)))
    extents = {link.tag: link.extent for link in bindings if link.tag.startswith("threadIdx")}
    return tuple(sorted(extents.items(), reverse=True))


def nest(outermost: Binding) -> list[Binding]:
    """Return the bindings of threads that stand directly in each other."""
    chain = [outermost]
    while (inner := binding(chain[-1].body)) and inner.tag.startswith("threadIdx"):
        if inner.tag in [link.tag for link in chain]:
            break
        chain.append(inner)
    return chain


def waits(w: RuleWriter, body: Part) -> bool:
    """Whether threads wait for each other, share memory, or keep a buffer from loop to loop."""
    if w.context.inside or w.context.separate:
        return not w.context.inside
    return any(
        part.field("op") in (*SYNCS, *SHUFFLES, REDUCE)
        or is_common(w, part)
        or part.variable in w.elsewhere
        for part in body.find("ir.Call", "ir.Var")
    )


def together(w: RuleWriter, outside: Context, chain: list[Binding]) -> Pieces:
    """Write a thread block whose threads wait for each other: all threads of the kernel.

    An index that is bound further in, or in another part of the kernel, is one of theirs here too.
    """
    body = chain[-1].body
    links = {link.tag: link.variable for link in chain}
    names = [
        w.name(links[tag]) if tag in links else w.free(tag.replace(".", "_"))
        for tag, _ in outside.launch
    ]
    function = w.free("thread")
    threads = tuple(
        (tag, links[tag].variable if tag in links else -1, name)
        for (tag, _), name in zip(outside.launch, names, strict=True)
    )
    inside = outside._replace(threads=(*outside.threads, *threads), inside=True)
    shared: list[Piece] = []
    for buffer in allocated(body):
        if scope(buffer) == "shared":
            shared += [*allocation(w, buffer), NEWLINE]
            w.elsewhere[buffer.variable] = ""
    own: list[Piece] = []
    used = {part.variable: part for part in body.find("ir.Var") if w.elsewhere.get(part.variable)}
    for variable, part in used.items():
        own += [part, f" = {w.elsewhere[variable]}[", ", ".join(names), "]", NEWLINE]
    parameters = [links.get(tag, name) for (tag, _, name) in threads]
    extents = [extent for _, extent in outside.launch]
    return (
        *(*shared, "def ", function, "(", *joined(parameters), "):"),
        Block((Within(inside, (*own, body)),)),
        *(NEWLINE, Helper("run_threads"), "(", *joined((function, *extents)), ")"),
    )


def allocated(body: Part) -> Iterator[Part]:
    """Yield the buffers that are allocated somewhere in a statement."""
    for part in body.find("tirx.AllocBuffer", "s_tir.SBlock"):
        if part.key == "tirx.AllocBuffer":
            yield part["buffer"]
        elif part.key == "s_tir.SBlock":
            yield from part.all("alloc_buffers")


def allocate(w: RuleWriter, buffer: Part) -> Pieces:
    """Write the allocation of a buffer; outside of its threads a local one is one for each."""
    if w.elsewhere.get(buffer.variable) == "":
        return ()  # it stands before the threads
    in_thread = any(tag.startswith("threadIdx") for tag, _, _ in w.context.threads)
    own = scope(buffer) == "local" and not is_common(w, buffer)
    # Between two steps of a schedule what threads write is copied on outside of them.
    own = own and buffer.variable not in w.context.handed_out
    if not own or in_thread or not w.context.has_threads:
        return allocation(w, buffer)
    name = w.free(f"{buffer.field('name')}_of_thread")
    w.elsewhere[buffer.variable] = name
    dtype = buffer.type().field("dtype")
    return (f"{name} = ", Helper("per_thread"), "(", *shape_of(buffer), f', "{dtype}")')


# ---------------------------------------------------------------- values from other threads


def reduced(w: RuleWriter, n: Part) -> Pieces:
    """Write the body of an attribute, with what it says about a reduction."""
    if n.field("attr_key") != "reduce_scope":
        return (n["body"],)
    return (Within(w.context._replace(reducer=n["node"]), (n["body"],)),)


def shuffled(name: str) -> Expression:
    """Return the rule that writes ``(yield shuffle_down(value, 16, 32))``."""

    def rule(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
        _, value, other, width, *_ = of.part.all("args")
        return ATOM, ("(yield ", Helper(name), "(", *joined((typed(value), other, width)), "))")

    return rule


def all_reduced(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``total[0] = yield all_reduce(lambda x, y: x + y, 0.0, part[0], True, ())``."""
    reducer, arguments = w.context.reducer, of.part.all("args")
    if reducer is None:
        raise of.part.refused()
    count = len(reducer.all("lhs"))
    values, condition = arguments[1 : 1 + count], arguments[1 + count]
    results, axes = arguments[2 + count : 2 + 2 * count], arguments[2 + 2 * count :]
    variables = {axis.variable for axis in axes}
    reduced_tags = {tag for tag, variable, _ in w.context.threads if variable in variables}
    kept = dict(
        (tag, name)
        for tag, _, name in reversed(w.context.threads)
        if tag.startswith("threadIdx") and tag not in reduced_tags
    )
    group = "".join(f"{name}, " for name in kept.values()).rstrip()
    parameters = joined((*reducer.all("lhs"), *reducer.all("rhs")))
    pieces: Pieces = (
        *(*joined(results), " = yield ", Helper("all_reduce"), "(lambda ", *parameters, ": "),
        *(*together_or_one(reducer.all("result")), ", "),
        *(*together_or_one(reducer.all("identity_element")), ", "),
        *(*together_or_one(values), ", ", condition, f", ({group}))"),
    )
    return 0, pieces


def together_or_one(parts: list[Part]) -> Pieces:
    """Write one value, or several as a tuple."""
    values = joined(map(typed, parts))
    return values if len(parts) == 1 else ("(", *values, ")")


def has_threads(n: Part) -> bool:
    """Whether a function binds something to the threads of a GPU."""
    return any(binding(part) is not None for part in n.find(*BINDING))


def combined(n: Part) -> frozenset[int]:
    """Return the buffers of reductions over threads that no pass has lowered yet."""
    bindings = [link for link in map(binding, n.find(*BINDING)) if link and "threadIdx" in link.tag]
    threads = {link.variable.variable for link in bindings}
    found: set[int] = set()
    for realized in n.find("s_tir.SBlockRealize"):
        if realized["block"].get("init") is None:
            continue
        axes = zip(realized["block"].all("iter_vars"), realized.all("iter_values"), strict=True)
        sums = [value for axis, value in axes if axis.field("iter_type") == "reduce"]
        if any(part.variable in threads for value in sums for part in value.below()):
            stores = realized["block"]["init"].below()
            found |= {part["buffer"].variable for part in stores if part.key == "tirx.BufferStore"}
    return frozenset(found)


def handed_out(n: Part) -> frozenset[int]:
    """Return the buffers that are accessed outside of all threads of a block."""
    found: set[int] = set()
    waiting = [n]
    while waiting:
        part = waiting.pop()
        bound_here = binding(part)
        if bound_here is not None and bound_here.tag.startswith("threadIdx"):
            continue
        if part.key == "ir.TensorLoad":
            found.add(part["source"].variable)
        elif part.key == "tirx.BufferStore":
            found.add(part["buffer"].variable)
        waiting += [Part(part.tree, part.tree.nodes[child.id]) for child in part.node.children]
    return frozenset(found)


def block(w: RuleWriter, n: Part) -> Pieces:
    """Write a block; one that adds up over threads waits for nobody until all have added."""
    pieces = rules.block(w, n, allocate)
    begun = n.get("init")
    stores = [p for p in (begun.below() if begun else ()) if p.key == "tirx.BufferStore"]
    if not {store["buffer"].variable for store in stores} & w.context.combined:
        return pieces
    return (Within(w.context._replace(uniform=False), pieces),)


def prim_func(w: RuleWriter, n: Part) -> Pieces:
    """Write a function as on a CPU, with what it has of a GPU noted."""
    has_barriers = w.context.has_barriers
    if has_barriers is None:
        has_barriers = any(map(is_barrier, n.find("ir.Call")))
    context = w.context._replace(
        has_barriers=has_barriers,
        combined=combined(n),
        handed_out=handed_out(n),
        memory=views(n),
    )
    return (Within(context._replace(has_threads=has_threads(n)), rules.prim_func(w, n)),)


STATEMENTS: dict[str, Statement] = rules.STATEMENTS | {
    "tirx.PrimFunc": prim_func,
    "tirx.For": lambda w, n: bound(w, n, serial),
    "tirx.AttrStmt": lambda w, n: bound(w, n, reduced),
    "tirx.SeqStmt": sequence,
    "tirx.IfThenElse": branch,
    "tirx.While": apart(rules.STATEMENTS["tirx.While"]),
    "tirx.AllocBuffer": lambda w, n: allocate(w, n["buffer"]),
    "tirx.Bind": kernel_calls.bind,
    "s_tir.SBlockRealize": realize,
    "s_tir.SBlock": block,
}

OPERATORS: dict[str, Expression] = (
    rules.OPERATORS
    | {
        **{name: lambda w, of: (0, ("yield ", Helper("barrier"))) for name in SYNCS},
        **{operator: shuffled(name) for operator, name in SHUFFLES.items()},
        # Shuffles answer whoever asks, so a mask says nothing.
        **dict.fromkeys(
            ("tirx.tvm_warp_activemask", "tirx.cuda.__activemask"),
            lambda w, of: (ATOM, (Helper("uint32"), "(4294967295)")),
        ),
        REDUCE: all_reduced,
        "tirx.tvm_thread_invariant": rules.OPERATORS["prim.likely"],
    }
    | kernel_calls.OPERATORS
)
