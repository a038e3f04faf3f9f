"""The rules that TIRx adds: the indices of a kernel by scopes, barriers of a warp.

A TIRx kernel says with ``T.cta_id([4])`` and ``T.thread_id([64])`` which thread it is. Its author
writes all barriers, so none are missing.
"""

from __future__ import annotations

from viz.step import barriers, gpu_rules, rules
from viz.step.gpu_rules import Binding
from viz.step.threads import WARP
from viz.step.writer import (
    NEWLINE,
    Block,
    Context,
    Expression,
    Helper,
    Operand,
    Part,
    Pieces,
    RuleWriter,
    Statement,
    Within,
    joined,
)

ENTRY = "tirx.device_entry"
"""The attribute whose body runs on the GPU."""

INDEX = "tirx.ScopeIdDefStmt"
BLOCK, THREAD, OF_WARP, LANE = "cta in kernel", "thread in cta", "warp in cta", "thread in warp"


def is_tirx(n: Part) -> bool:
    """Whether a function has a kernel whose indices are not bound yet."""
    return any(part.field("attr_key") == ENTRY for part in n.below())


def prim_func(w: RuleWriter, n: Part) -> Pieces:
    """Write a function; the barriers of a TIRx kernel are all there."""
    if not is_tirx(n):
        return gpu_rules.prim_func(w, n)
    return (Within(Context(has_threads=True, has_barriers=True), rules.prim_func(w, n)),)


def attribute(w: RuleWriter, n: Part) -> Pieces:
    """Write a kernel: loops over its blocks and threads, or the function of a thread."""
    if n.field("attr_key") != ENTRY:
        return gpu_rules.STATEMENTS["tirx.AttrStmt"](w, n)
    body = n["body"]
    blocks = bindings(body, {BLOCK: "blockIdx.{axis}"})
    threads = bindings(body, {THREAD: "threadIdx.{axis}"})
    threads = threads or bindings(body, {OF_WARP: "threadIdx.y", LANE: "threadIdx.x"})
    launch = tuple((link.tag, link.extent) for link in threads)
    context = w.context._replace(launch=launch)
    pieces: Pieces = (body,)
    if threads and gpu_rules.waits(w, body):
        pieces = gpu_rules.together(w, context, threads)
    else:
        named = tuple((link.tag, link.variable.variable, w.name(link.variable)) for link in threads)
        pieces = looped(threads, (Within(context._replace(threads=named), pieces),))
    return looped(blocks, pieces)


def bindings(body: Part, tags: dict[str, str]) -> list[Binding]:
    """Return what binds an index of some scopes, ``x`` last, by the index of a GPU that it is."""
    found = []
    for definition in (part["def"] for part in body.parts("seq[") if part.key == INDEX):
        scope = definition.field("scope")
        if scope not in (BLOCK, THREAD, OF_WARP, LANE) or not definition.all("extents"):
            raise definition.refused()
        if scope in tags:
            pairs = zip(definition.all("def_ids"), definition.all("extents"), strict=True)
            for axis, (variable, extent) in zip("xyz", pairs, strict=False):
                found.append(Binding(tags[scope].format(axis=axis), variable, extent, body))
    return sorted(found, key=lambda link: link.tag, reverse=True)


def looped(links: list[Binding], pieces: Pieces) -> Pieces:
    """Write a loop for each index around something."""
    for link in reversed(links):
        pieces = ("for ", link.variable, " in range(", link.extent, "):", Block(pieces))
    return pieces


def sequence(w: RuleWriter, n: Part) -> Pieces:
    """Write statements one below the other, without the indices that stand before them."""
    scopes = [part["def"].field("scope") for part in n.all("seq") if part.key == INDEX]
    if not scopes:
        return barriers.sequence(w, n)
    computed = (OF_WARP, LANE) if THREAD in scopes else ()
    return joined(
        (
            part
            for part in n.all("seq")
            if part.key != INDEX or part["def"].field("scope") in computed
            if part.key != "tirx.AllocBuffer" or w.elsewhere.get(part["buffer"].variable) != ""
        ),
        NEWLINE,
    )


def index(w: RuleWriter, n: Part) -> Pieces:
    """Write ``lane = thread % 32`` of a kernel whose threads have numbers in their block too."""
    names = {tag: name for tag, _, name in w.context.threads}
    number, stride = "", ""
    for tag, extent in reversed(w.context.launch):  # x first
        number += f" + {names[tag]}{stride}" if number else names[tag]
        stride += f" * {extent.field('value')}"
    number = f"({number})" if " " in number else number
    of_warp = n["def"].field("scope") == OF_WARP
    return (*joined(n["def"].all("def_ids")), f" = {number} {'//' if of_warp else '%'} {WARP}")


def synchronised(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``yield barrier``, of a warp alone ``yield warp_barrier``."""
    kind = of.part["args[0]"].field("value")
    if kind not in ("warp", "shared", "shared.dyn"):
        raise of.part.refused()
    return 0, ("yield ", Helper("warp_barrier" if kind == "warp" else "barrier"))


STATEMENTS: dict[str, Statement] = gpu_rules.STATEMENTS | {
    "tirx.PrimFunc": prim_func,
    "tirx.AttrStmt": attribute,
    "tirx.SeqStmt": sequence,
    INDEX: index,
}

OPERATORS: dict[str, Expression] = gpu_rules.OPERATORS | {
    "tirx.tvm_storage_sync": synchronised,
    "tirx.cuda.warp_sync": lambda w, of: (0, ("yield ", Helper("warp_barrier"))),
}
