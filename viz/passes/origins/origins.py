"""Where each node of a lowered module comes from: the user's text behind it, the pass that made it.

Ties are looked for from the surest to the vaguest: the node's own span; the node it was rebuilt
from, stage by stage (:mod:`viz.passes.ancestry`); for what a schedule or a pass put in, the buffers
it copies, what it encloses, or the statement that uses what it binds; for expressions the node they
stand in; and for what a host does, the function it calls or the buffer it asks memory for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

from tvm import ir, tirx

from viz.ir.source_map import UserText
from viz.ir.walker import CONSTANTS, DECLARING, Occurrence, shape
from viz.model import Certainty, Origin
from viz.passes.ancestry import TURNED, Ancestry
from viz.passes.origins.host_calls import tie_services
from viz.passes.origins.input_nodes import Given
from viz.passes.recording import Recording

COVERING = frozenset((tirx.For, tirx.While, tirx.IfThenElse, tirx.PrimFunc))
"""Put in by a schedule or a pass, these are tied through what they enclose."""

OF_LOOPS = ("thread_extent", "virtual_thread", "pragma_")
"""How the ``attr_key`` of AttrStmts that were loops, or say something of one, begins."""


def origins(
    recording: Recording, final: Sequence[Occurrence], user_span: UserText
) -> tuple[Origin, ...]:
    """Return where every node of the final tree comes from, by node id.

    Parameters
    ----------
    recording
        A build that reached its end.
    final
        ``occurrences(recording.lowered.final())``.
    user_span
        The user's text behind TVM's spans (:attr:`viz.ir.parse.Parsed.user_span`).
    """
    following = _Following(recording, final, user_span)
    following.by_themselves()
    following.by_copies()
    following.by_content()
    following.by_use()
    following.by_parts()
    following.by_context()
    tie_services(final, following.statement, following.tie, following.given.hull)
    return tuple(following.origins())


class _Held(NamedTuple):
    """The user's node that holds the ties of some nodes; ``single`` where it is one of these."""

    node: int
    single: bool


class _Following:
    """The final tree, and the node of the user's module that each of its nodes is tied to."""

    def __init__(
        self, recording: Recording, final: Sequence[Occurrence], user_span: UserText
    ) -> None:
        self.final = final
        self.ancestry = Ancestry(recording)
        self.given = Given(recording.given, user_span)
        self.tie: list[int | None] = [None] * len(final)
        self.exact = bytearray(len(final))
        self.statement = self._statements()
        self._turns: Counter[tuple[int, int, int]] = Counter()
        self._parts_of: dict[tuple[int, int, str, type], int] = {}

    def _statements(self) -> list[int]:
        """Return for each node the statement or function it belongs to (itself, if it is one)."""
        found: list[int] = []
        for each in self.final:
            own = shape(each.obj.__class__).kind in ("stmt", "func")
            found.append(each.id if own or each.parent < 0 else found[each.parent])
        return found

    # ------------------------------------------------------------ ties, the surest first

    def by_themselves(self) -> None:
        """Tie what has a span of the user's, or was rebuilt from what has."""
        known: dict[int, tuple[int | None, bool]] = {}
        followed, by_span = self.ancestry.cls, self.given.by_span
        for each in self.final:
            handle, cls = each.handle, each.obj.__class__
            if handle in followed:
                if handle not in known:
                    known[handle] = self._line(handle)
                self.tie[each.id], self.exact[each.id] = known[handle]
            elif cls in CONSTANTS and (span := each.obj.span) is not None:
                self.tie[each.id] = by_span.get((span.__chandle__(), cls))
                self.exact[each.id] = self.tie[each.id] is not None
            tie = self.tie[each.id]
            if tie is not None:
                self._settle(each, tie)

    def _settle(self, each: Occurrence, tie: int) -> None:
        """Tie a node to where its object stands in its own statement; look how sure that is."""
        places = self.given.again.get(self.given.nodes[tie].handle)
        if places is not None and self.statement[each.id] != each.id:
            statement = self.tie[self.statement[each.id]]
            mine = [place for place in places if self.given.statement(place) == statement]
            if statement is None or not mine:
                self.exact[each.id] = False  # it was taken out of the statement it stood in
                return
            turn = self._turns[statement, tie, self.statement[each.id]]
            self._turns[statement, tie, self.statement[each.id]] += 1
            self.tie[each.id] = tie = mine[min(turn, len(mine) - 1)]
        self.exact[each.id] = self.exact[each.id] and self.given.sure[tie]

    def _line(self, handle: int) -> tuple[int | None, bool]:
        spans, cls, given = self.ancestry.span, self.ancestry.cls, self.given
        for each in self.ancestry.line(handle):
            if (span := spans.get(each)) is not None:
                if (found := given.by_span.get((span, cls[each]))) is not None:
                    return found, each == handle
                if (found := given.by_span.get(span)) is not None:
                    return found, False
            if (found := given.at.get(each)) is not None:
                return found, False
        return None, False

    def by_copies(self) -> None:
        """Tie stores that a schedule put in to what they copy, allocations to their first store."""
        filled: dict[int, int] = {}
        variable = self.ancestry.variable
        for each in self.final:
            if each.obj.__class__ is not tirx.BufferStore:
                continue
            if self.tie[each.id] is None:
                self.tie[each.id] = self._copied(each, filled)
            found = self.tie[each.id]
            if found is not None and each.handle in variable:
                filled.setdefault(variable[each.handle], found)
        for each in self.final:
            if each.obj.__class__ in DECLARING and self.tie[each.id] is None:
                declared = self._users(variable.get(each.handle, 0))
                if each.obj.__class__ is tirx.AllocBuffer and self.given.is_parameter(declared):
                    declared = None  # it was allocated to hold a copy of that
                self.tie[each.id] = (
                    filled.get(variable.get(each.handle, 0)) if declared is None else declared
                )

    def _copied(self, store: Occurrence, filled: dict[int, int]) -> int | None:
        loads = [part for part in self._parts(store.id) if part.obj.__class__ is ir.TensorLoad]
        reads = [self._read(load, filled) for load in loads]
        read = self.given.hull(reads)
        written = self.given.stores.get(self._users_buffer(store.handle) or 0)
        if not written:
            return read
        # An update reads what the user's update reads; a first value reads nothing.
        reading = {self.given.around(each, tirx.BufferStore) for each in reads if each is not None}
        alike = [each for each in written if self.given.reads(each) == bool(loads)]
        return next((each for each in written if each in reading), (alike or written)[0])

    def _read(self, load: Occurrence, filled: dict[int, int]) -> int | None:
        if (tie := self.tie[load.id]) is not None:
            return tie
        buffer = self._users_buffer(load.handle)
        if buffer is not None and buffer in self.given.loads:
            return self.given.loads[buffer]
        return filled.get(self.ancestry.variable.get(load.handle, 0))

    def _users_buffer(self, handle: int) -> int | None:
        """Return the user's buffer behind the one that a node stores to, loads or declares."""
        variable = self.ancestry.variable.get(handle)
        if variable is None:
            return None
        return next((each for each in self.ancestry.line(variable) if each in self.given.at), None)

    def by_content(self) -> None:
        """Tie the loops, branches and functions that have no tie yet to what they enclose."""
        inside: list[int | None] = [None] * len(self.final)
        for each in reversed(self.final):
            if self.statement[each.id] != each.id:
                continue
            if self.tie[each.id] is None and inside[each.id] is not None:
                self.tie[each.id] = self._covering(each.obj, inside[each.id])
            held = self.tie[each.id]
            held = inside[each.id] if held is None else held
            if each.parent >= 0:
                inside[each.parent] = self.given.hull((inside[each.parent], held))

    def _covering(self, obj: Any, held: int) -> int | None:
        cls = obj.__class__
        if cls is tirx.AttrStmt and str(obj.attr_key).startswith(OF_LOOPS):
            cls = tirx.For
        elif cls not in COVERING:
            return None
        found = self.given.around(held, cls) if cls is not tirx.IfThenElse else None
        return held if found is None else found

    def by_use(self) -> None:
        """Tie a Bind that a pass put in to what first used its variable."""
        known: dict[int, int | None] = {}
        # A later Bind may use an earlier one's variable: it is known by then.
        for each in reversed(self.final):
            if each.obj.__class__ is tirx.Bind and self.tie[each.id] is None:
                self.tie[each.id] = self._used(each.handle, known)

    @cached_property
    def earlier(self) -> dict[int, int]:
        """Return the ties of statements by all the objects they have been."""
        found: dict[int, int] = {}
        for each in self.final:
            tie = self.tie[each.id]
            if tie is not None and self.statement[each.id] == each.id:
                for object_ in self.ancestry.line(each.handle):
                    found.setdefault(object_, tie)
        return found

    @cached_property
    def owner(self) -> dict[int, int]:
        """Return the object that each stood in first."""
        below = reversed(self.ancestry.below.items())
        return {each: owner for owner, parts in below for each in parts}

    def _used(self, bind: int, known: dict[int, int | None]) -> int | None:
        """Return the tie of what first used the variable of a Bind, at whatever stage.

        Later stages may have no use of it any more: a pass can put the value back.
        """
        variable = self.ancestry.variable[bind]
        if variable not in known:
            known[variable] = self.given.at.get(variable)  # also ends a circle
            if known[variable] is None:
                users = map(partial(self._around, known=known), self.ancestry.uses[variable])
                known[variable] = next((user for user in users if user is not None), None)
        return known[variable]

    def _around(self, node: int | None, known: dict[int, int | None]) -> int | None:
        """Return the tie of an object of some stage, or of the nearest around it that has one."""
        while node is not None:
            tie, _ = self._line(node)
            cls = self.ancestry.cls[node]
            if tie is not None:
                return tie
            if cls is tirx.Bind:
                return self._used(node, known)
            if cls is tirx.DeclBuffer:
                return None  # it uses addresses, which no text of the user's stands behind
            if issubclass(cls, tirx.Stmt):
                return self.earlier.get(node)
            node = self.owner.get(node)
        return None

    def _parts(self, statement: int) -> Iterator[Occurrence]:
        """Yield the nodes of a statement that belong to none inside it."""
        for i in range(statement + 1, len(self.final)):
            if self.statement[i] != statement:
                return
            yield self.final[i]

    def by_parts(self) -> None:
        """Tie expressions that have no tie yet to what holds the ties of their parts."""
        around: list[int | None] = []
        for each in self.final:
            above = self.tie[each.parent] if each.parent >= 0 else None
            around.append(around[each.parent] if above is None and each.parent >= 0 else above)
        held: dict[int, _Held] = {}
        for each in reversed(self.final):
            if self.statement[each.id] == each.id:
                continue
            part = held.get(each.id)
            if each.obj.__class__ is ir.Var:
                part = None  # below it is its type
            if part is not None and self.tie[each.id] is None:
                # What holds one part alone is around it, not the same.
                inside = self.given.nodes[part.node].parent if part.single else part.node
                self.tie[each.id] = self._alike(each.obj.__class__, inside, around[each.id])
            if (tie := self.tie[each.id]) is not None:
                part = _Held(tie, True)
            if part is not None:
                held[each.parent] = self._joined(held.get(each.parent), part)

    def _joined(self, one: _Held | None, other: _Held) -> _Held:
        if one is None:
            return other
        common = self.given.common(one.node, other.node)
        return _Held(common, _Held(common, True) in (one, other))

    def _alike(self, cls: type, inside: int, around: int | None) -> int | None:
        """Return the user's node of a class that is, or is around, a node.

        It must lie within what is tied around the expression, unless the parts came from elsewhere:
        a schedule can put the value of a buffer in the place of a load.
        """
        found = self.given.around(inside, cls)
        if found is None or around is None or self.given.common(inside, around) != around:
            return found
        return found if self.given.common(found, around) == around else None

    def by_context(self) -> None:
        """Tie what else is no statement to where it stands."""
        self.tie[0] = 0
        for each in self.final:
            if self.tie[each.id] is not None or self.statement[each.id] == each.id:
                continue
            above = self.final[each.parent].obj.__class__
            if above is tirx.PrimFunc and each.obj.__class__ is ir.Var:
                self.tie[each.id] = self._parameter(each.handle)
                continue
            tie = self._part(each, self.tie[each.parent])
            if tie is None and each.obj.__class__ is ir.Var:
                tie = self._users(each.handle)  # the user's own, in what a pass made up
            self.tie[each.id] = tie

    def _part(self, each: Occurrence, above: int | None) -> int | None:
        """Return the user's node in the same place of what is tied above, else that itself."""
        cls = each.obj.__class__
        if above is None or (cls is not ir.Var and cls not in CONSTANTS):
            return above
        around = self.final[each.parent].obj.__class__
        key = (above, each.handle, each.field, around)
        if key not in self._parts_of:
            self._parts_of[key] = self._same_part(each, above, around)
        return self._parts_of[key]

    def _same_part(self, each: Occurrence, above: int, around: type) -> int:
        cls, nodes = each.obj.__class__, self.given.nodes
        cls_above = nodes[above].obj.__class__
        turned = TURNED.get(cls_above) is around
        if cls_above is around or turned:
            parts = [part for part in self.given.below[above] if nodes[part].obj.__class__ is cls]
        elif cls is ir.Var and shape(around).kind == "expr":
            parts = self.given.variables(above)  # an index that a pass made of several
        else:
            return above
        if cls is ir.Var:
            old = set(self.ancestry.line(each.handle)) if parts else ()
            parts = [part for part in parts if nodes[part].handle in old]
        else:
            parts = [part for part in parts if nodes[part].obj.value == each.obj.value]
        placed = [part for part in parts if nodes[part].field == each.field]
        return next(iter(placed or (parts if turned or cls is ir.Var else ())), above)

    def _users(self, variable: int) -> int | None:
        """Return where the user's module binds a Var, or the one that stood in its place."""
        at = self.given.at
        return next((at[each] for each in self.ancestry.line(variable) if each in at), None)

    def _parameter(self, variable: int) -> int | None:
        """Return the tie of a parameter of a function; a kernel's is that of its buffer."""
        if (tie := self._users(variable)) is not None:
            return tie
        users = self.ancestry.uses.get(variable, ())
        declared = (self.earlier.get(each) for each in users)
        return next((each for each in declared if each is not None), None)

    # ------------------------------------------------------------ result

    def origins(self) -> Iterator[Origin]:
        """Yield the origin of every node."""
        spans, begun = self.given.spans, self.ancestry.made
        made: list[int] = []
        variables: dict[int, int] = {}
        for each, tie, exact in zip(self.final, self.tie, self.exact, strict=True):
            number = begun.get(each.handle)
            if number is None:
                number = made[each.parent] if each.parent >= 0 else 0
                if each.obj.__class__ is ir.Var:
                    # A Var is as old as what binds it, which comes before what uses it.
                    old = 0 if each.handle in self.given.at else number
                    number = variables.setdefault(each.handle, old)
            made.append(number)
            span = None if tie is None else spans[tie]
            certainty: Certainty = "exact" if exact else "inherited"
            if span is None:
                certainty = "synthesised" if tie is None else "lost"
            yield Origin(each.id, tie, span, number, certainty)
