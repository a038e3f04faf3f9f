"""The barriers that a pass inserts later, for the stages before it.

They stand between statements that write shared memory and statements that touch the same, where all
threads of a block come by: what TVM's ThreadSync does.
"""

from __future__ import annotations

from typing import NamedTuple

from viz.step import rules
from viz.step.writer import (
    NEWLINE,
    Block,
    Helper,
    Part,
    Piece,
    Pieces,
    RuleWriter,
    Statement,
    Within,
)

SYNCS = ("tirx.tvm_storage_sync", "tirx.cuda.cta_sync", "tirx.cuda.warp_sync")
"""The operators at which threads wait."""


def scope(n: Part) -> str:
    """Return the memory of a buffer's variable: ``global``, ``shared`` or ``local``."""
    is_buffer = n.key == "ir.Var" and n.node.dtype.endswith("]")
    return n.type().field("storage_scope").partition(".")[0] if is_buffer else ""


def is_barrier(n: Part) -> bool:
    """Whether an expression is a barrier of the whole block, not of a warp."""
    if n.field("op") not in SYNCS[:2]:
        return False
    return not any(kind.field("value") == "warp" for kind in n.all("args"))


def is_wall(n: Part) -> bool:
    """Whether a statement is a barrier of the whole block."""
    return n.key == "tirx.Evaluate" and is_barrier(n["value"])


class Accesses(NamedTuple):
    """The variables of shared buffers that statements read and write."""

    reads: frozenset[int]
    writes: frozenset[int]

    def conflicts(self, later: Accesses) -> bool:
        """Whether a barrier must stand between these and later accesses."""
        return bool(self.writes & (later.reads | later.writes) or self.reads & later.writes)

    def with_(self, later: Accesses) -> Accesses:
        """Return both together."""
        return Accesses(self.reads | later.reads, self.writes | later.writes)


NONE = Accesses(frozenset(), frozenset())


def is_common(w: RuleWriter, buffer: Part) -> bool:
    """Whether all threads of a block have a buffer in common."""
    return scope(buffer) == "shared" or buffer.variable in w.context.combined


def accesses(w: RuleWriter, n: Part) -> Accesses:
    """Return what a statement touches of the buffers that all threads have in common."""
    loads = [part["source"] for part in n.find("ir.TensorLoad")]
    stores = [part["buffer"] for part in n.find("tirx.BufferStore")]
    return Accesses(
        *(
            frozenset(w.context.memory.get(b.variable, b.variable) for b in some if is_shared(b))
            for some in (loads, stores)
        )
    )


def views(n: Part) -> dict[int, int]:
    """Return of each buffer that is in the memory of another one the variable of that."""
    found: dict[int, int] = {}
    for part in n.find("tirx.DeclBuffer"):
        data = part["data"]
        memory = data["args[0]"] if data.field("op") == "tirx.buffer_data" else data
        if memory.key == "ir.Var":
            found[part["buffer"].variable] = found.get(memory.variable, memory.variable)
    return found


def is_shared(buffer: Part) -> bool:
    """Whether all threads of a block have the buffer in common."""
    return scope(buffer) == "shared"


def sequence(w: RuleWriter, n: Part) -> Pieces:
    """Write statements one below the other, with the barriers that no pass has inserted yet."""
    pieces: list[Piece] = []
    since = NONE
    for part in n.all("seq"):
        if part.key == "tirx.AllocBuffer" and w.elsewhere.get(part["buffer"].variable) == "":
            continue
        if is_wall(part):
            since = NONE
        if implicit(w):
            touched = accesses(w, part)
            if since.conflicts(touched):
                pieces += [*((NEWLINE,) if pieces else ()), "yield ", Helper("barrier")]
                since = NONE
            since = since.with_(touched)
        pieces += [NEWLINE, part] if pieces else [part]
    return tuple(pieces)


def implicit(w: RuleWriter) -> bool:
    """Whether barriers that no pass has inserted yet belong here."""
    return w.context.inside and w.context.uniform and not w.context.has_barriers


def serial(w: RuleWriter, n: Part) -> Pieces:
    """Write a loop, with a barrier between its rounds where they share memory."""
    pieces = rules.loop(w, n)
    if implicit(w) and carries(w, n["body"]):
        body = pieces[-1]
        assert isinstance(body, Block)
        return (*pieces[:-1], Block((*body.pieces, NEWLINE, "yield ", Helper("barrier"))))
    return pieces


def carries(w: RuleWriter, body: Part) -> bool:
    """Whether a round touches what the next one does, with no barrier of the program between."""
    parts = body.all("seq") if body.key == "tirx.SeqStmt" else [body]
    walls = [i for i, part in enumerate(parts) if is_wall(part)]
    ends = parts[walls[-1] + 1 :] if walls else parts
    begins = parts[: walls[0]] if walls else parts
    touched = [NONE, NONE]
    for i, some in enumerate((ends, begins)):
        for part in some:
            touched[i] = touched[i].with_(accesses(w, part))
    return touched[0].conflicts(touched[1])


def apart(rule: Statement) -> Statement:
    """Return a rule for a statement in which threads go different ways."""

    def written(w: RuleWriter, n: Part) -> Pieces:
        return (Within(w.context._replace(uniform=False), rule(w, n)),)

    return written


def branch(w: RuleWriter, n: Part) -> Pieces:
    """Write a branch; threads go different ways where its condition is not the same for all."""
    return rules.branch(w, n) if is_same_for_all(w, n["condition"]) else apart(rules.branch)(w, n)


def is_same_for_all(w: RuleWriter, condition: Part) -> bool:
    """Whether all threads of a block are known to find the same: by their block, or always."""
    if condition.field("op") == "tirx.tvm_thread_invariant":
        return True
    parts = [condition, *condition.below()]
    if any(part.key in ("ir.TensorLoad", "ir.Call") for part in parts):
        return False
    tags = {variable: tag for tag, variable, _ in w.context.threads}
    variables = {part.variable for part in parts if part.key == "ir.Var"}
    if all(tags.get(variable, "").startswith("blockIdx") for variable in variables):
        return True
    if condition.key != "prim.LT" or condition["a"].key != "ir.Var":
        return False
    extent = dict(w.context.launch).get(tags.get(condition["a"].variable, ""))
    least, most = condition["b"].field("value"), extent.field("value") if extent else ""
    return least.isdigit() and most.isdigit() and int(most) <= int(least)


def realize(w: RuleWriter, n: Part) -> Pieces:
    """Write a block; with a predicate some threads leave it out."""
    always = n["predicate"].field("value") == "1"
    return rules.realize(w, n) if always else apart(rules.realize)(w, n)
