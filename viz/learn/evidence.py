"""Put the queries of a lesson to the engine's replies about its program.

What a lesson needs to be answered is a list of requests (:func:`requests`); who has them answered,
a server or a test, gives the replies to :class:`Evidence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TypeVar

import msgspec

from viz.learn import model_facts, queries, run_facts, structure
from viz.learn.errors import FormError
from viz.learn.lesson import Lesson
from viz.learn.queries import PlaceQuery, Query
from viz.learn.structure import TreeIndex, bare, is_inside, is_key, is_type
from viz.messages import message_of
from viz.model import (
    EMULATED,
    Emission,
    Node,
    Origin,
    Origins,
    OriginsPart,
    Outcome,
    Overview,
    OverviewPart,
    Part,
    Pass,
    Plain,
    Problem,
    Reply,
    Request,
    Source,
    SourcePart,
    Tree,
    TreePart,
)

R = TypeVar("R", bound=Reply)


class TreePlace(Plain, frozen=True):
    """A node of a tree, as the page knows it."""

    tree: str
    """``input``, a target for its final tree, or such as ``cuda/scheduled``."""
    path: str


class Stop(Plain, frozen=True):
    """A pass of a target."""

    target: str
    number: int
    name: str


Answer = TreePlace | Stop | int | str

_WHOLE = ("relax", "all")
"""The parts of a build whose passes see the whole program, with host and device together."""


def requests(lesson: Lesson) -> list[Request]:
    """Return the requests whose replies answer all that a lesson asks and shows."""
    base = Request(text=lesson.text)
    needed: list[Request] = []
    for target, part in _needs(lesson):
        request = msgspec.structs.replace(base, target=_same(target, part), part=part)
        if request not in needed:
            needed.append(request)
    return needed


def _needs(lesson: Lesson) -> Iterator[tuple[str, Part]]:
    yield lesson.target, TreePart()
    yield lesson.target, OverviewPart(passes=True, counts=True)
    for query in lesson_queries(lesson):
        yield from _needs_of(query)
    for figure in lesson.figures:
        for target in figure.targets:
            yield from _source_needs(target)


def lesson_queries(lesson: Lesson) -> Iterator[Query]:
    """Yield all queries of a lesson, those of its links too."""
    if lesson.point is not None:
        yield lesson.point
    for figure in lesson.figures:
        yield figure.place
    for question in lesson.questions:
        yield from filter(None, [question.answer, question.shows])
        yield from (choice.when for choice in question.choices if choice.when is not None)
    for link in lesson.links:
        if link.to.startswith("node:"):
            yield queries.link_query(link.to.removeprefix("node:"))


def _source_needs(target: str) -> Iterator[tuple[str, Part]]:
    yield target, TreePart(stage="final")
    yield target, SourcePart()
    yield target, OriginsPart()


def _needs_of(query: Query) -> Iterator[tuple[str, Part]]:
    if isinstance(query, PlaceQuery):
        if query.wrote:
            yield from _source_needs(query.target)
        else:
            yield _tree_need(query.at)
    elif isinstance(query, queries.CountQuery):
        yield _tree_need(query.at)
    elif isinstance(query, queries.UseQuery):
        yield _tree_need("input")
    elif isinstance(query, queries.Stop | queries.PassesQuery):
        yield query.target, OverviewPart(passes=True, counts=True)
    elif isinstance(query, queries.OccurrencesQuery):
        yield query.target, SourcePart()
    elif isinstance(query, queries.WrittenQuery):
        yield from _source_needs(query.target)
        yield from _needs_of(query.written_by)
    elif isinstance(query, queries.RulesQuery):
        yield query.schedule_rule, SourcePart()
    elif isinstance(query, queries.ModelFact):
        yield model_facts.target_of(query), OverviewPart(passes=True, counts=True)
        if isinstance(query, queries.KernelOfQuery):
            yield from _needs_of(query.kernel_of)
    elif isinstance(query, queries.RefusedQuery):
        yield query.refused, SourcePart()
    elif isinstance(query, queries.RunQuery):
        yield _run_target(query), run_facts.part_of(query)
    else:
        yield from _needs_of(inner(query))


def inner(query: queries.NodeFact) -> PlaceQuery:
    """Return the query for the node that a query is about."""
    (place,) = msgspec.structs.astuple(query)
    assert isinstance(place, PlaceQuery)
    return place


def _tree_need(at: str) -> tuple[str, Part]:
    target, _, stage = at.partition("/")
    if target == "input":
        return "c", TreePart()
    return target, TreePart(stage="scheduled" if stage == "scheduled" else "final")


def _run_target(query: queries.RunQuery) -> str:
    return "cuda" if query.device == EMULATED else query.device


class Evidence:
    """The replies about a lesson's program, or why there are none, by their requests.

    Parameters
    ----------
    text
        The text of the program.
    replies
        By request; a problem for one that failed.
    """

    def __init__(self, text: str, replies: Mapping[str, Reply | Problem]) -> None:
        self._text = text
        self._replies = replies
        self._indexes: dict[str, TreeIndex] = {}

    def value(self, query: Query) -> Answer:
        """Return what a query gives.

        Raises
        ------
        FormError
            When it finds nothing, or what it is put to failed.
        """
        answer = self._value(query)
        if answer is None:
            words = msgspec.json.encode(query).decode()
            raise FormError(message_of("lesson-nothing-found", query=words))
        return answer

    def _value(self, query: Query) -> Answer | None:
        if isinstance(query, PlaceQuery):
            found = self.node(query)
            return None if found is None else TreePlace(tree=found[0], path=found[1].path)
        if isinstance(query, queries.CountQuery):
            nodes = self._tree(query.at).nodes
            return sum(is_type(node, query.count) and query.label in node.label for node in nodes)
        if isinstance(query, queries.NextPassQuery):
            return self._next(query)
        if isinstance(query, queries.PassQuery | queries.AddingPassQuery):
            return self._stop(query)
        if isinstance(query, queries.UseQuery):
            return structure.use_of(self.index("input"), query.use_of)
        if isinstance(query, queries.PassesQuery):
            rows = [row for row in self.passes(query.target) if row.part != "schedule"]
            return sum(row.changed or query.passes == "all" for row in rows)
        if isinstance(query, queries.OccurrencesQuery):
            return self._text_of(query.target, query.part).count(query.occurrences)
        if isinstance(query, queries.WrittenQuery):
            return self.written(query.written_by, query.target) or None
        if isinstance(query, queries.RulesQuery):
            schedule = self._reply(query.schedule_rule, SourcePart(), Source).schedule
            return ", ".join(schedule.rules) if schedule is not None else None
        if isinstance(query, queries.RefusedQuery):
            return "no" if self.refusal(query.refused) is None else "yes"
        if isinstance(query, queries.RunQuery):
            return run_facts.fact(query, self.outcome(query))
        if isinstance(query, queries.KernelsQuery | queries.StoragesQuery):
            return model_facts.counted(query, self._overview(model_facts.target_of(query)))
        if isinstance(query, queries.KernelOfQuery):
            call = self.node(query.kernel_of)
            return call and model_facts.kernel_of(call[1], self._overview(query.target))
        if (found := self.node(inner(query))) is None:
            return None
        tree, node = found
        return structure.fact(query, self.index(tree), node)

    # ------------------------------------------------------------ nodes

    def node(self, query: PlaceQuery) -> tuple[str, Node] | None:
        """Return the node of a query and the name of its tree; None where there is none."""
        found = self._writer(query) if query.wrote else self._found(query)
        if found is None or not query.parent:
            return found
        name, node = found
        for other in self._tree(name).nodes:
            if any(child.id == node.id for child in other.children):
                return name, other
        return None

    def _found(self, query: PlaceQuery) -> tuple[str, Node] | None:
        wanted = " ".join(query.text.split())
        nodes = [
            node
            for node in self._tree(query.at).nodes
            if is_type(node, query.node)
            and query.label in node.label
            and (not wanted or wanted == self._words(node))
        ]
        return (query.at, nodes[query.nth - 1]) if len(nodes) >= query.nth else None

    def _words(self, node: Node) -> str:
        if node.span is None:
            return ""
        return " ".join(self._text[node.span.start : node.span.end].split())

    def _writer(self, query: PlaceQuery) -> tuple[str, Node] | None:
        source = self._reply(query.target, SourcePart(), Source)
        final = self._tree(query.target)
        writers = [
            mark.node
            for emission in source.emissions
            for mark in emission.marks
            if bare(emission.text[mark.start : mark.end]) == query.wrote
        ]
        outermost = [
            node
            for i, node in enumerate(writers)
            if i == 0 or not is_inside(final, node, writers[i - 1])
        ]
        if len(outermost) < query.nth:
            return None
        node = outermost[query.nth - 1]
        origin = self._reply(query.target, OriginsPart(), Origins).nodes[node].input_node
        if origin is None:
            return query.target, final.nodes[node]
        return "input", self._tree("input").nodes[origin]

    def written(self, place: PlaceQuery, target: str) -> str:
        """Return the longest piece that a node, or what it became, wrote in a source."""
        found = self.node(place)
        if found is None:
            return ""
        name, node = found
        origins = self._reply(target, OriginsPart(), Origins).nodes
        ids = {node.id}
        if name == "input":
            ids = {origin.node for origin in origins if origin.input_node == node.id}
        texts = (
            emission.text[mark.start : mark.end]
            for emission in self._emissions(target)
            for mark in emission.marks
            if mark.node in ids
        )
        return max(texts, key=len, default="")

    def tree(self, at: str) -> Tree:
        """Return a tree by its name."""
        return self._tree(at)

    def index(self, at: str) -> TreeIndex:
        """Return a tree by its name, with the way up from each node."""
        if at not in self._indexes:
            self._indexes[at] = TreeIndex(self._tree(at))
        return self._indexes[at]

    def origins(self, target: str) -> tuple[Origin, ...]:
        """Return where each node of a target's final tree comes from."""
        return self._reply(target, OriginsPart(), Origins).nodes

    # ------------------------------------------------------------ passes and texts

    def passes(self, target: str) -> tuple[Pass, ...]:
        """Return the passes of a target's build."""
        return self._overview(target).passes

    def _overview(self, target: str) -> Overview:
        return self._reply(target, OverviewPart(passes=True, counts=True), Overview)

    def _next(self, query: queries.NextPassQuery) -> Stop | None:
        """Return the pass that is the next one to change the program."""
        changed = [row for row in self.passes(query.target) if row.changed and row.part in _WHOLE]
        for row, after in pairwise(changed):
            if is_key(row.name, query.pass_after):
                return Stop(target=query.target, number=after.number, name=after.name)
        return None

    def _stop(self, query: queries.PassQuery | queries.AddingPassQuery) -> Stop | None:
        """Return the pass of a query, of those that see the whole program."""
        removing = isinstance(query, queries.PassQuery)
        wanted = query.pass_removing if isinstance(query, queries.PassQuery) else query.pass_adding
        held = any(is_type(node, wanted) for node in self._tree("input").nodes)
        stop: Stop | None = None
        for row in self.passes(query.target):
            if not row.changed or row.part not in _WHOLE:
                continue
            holds = any(is_key(key, wanted) for key, count in row.counts.items() if count)
            made = Stop(target=query.target, number=row.number, name=row.name)
            if holds and not held and not removing:
                return made
            if removing and holds != held:
                stop = None if holds else made  # the last one counts: until then it can come back
            held = holds
        return stop

    def source(self, target: str) -> Source:
        """Return what a target's codegens write."""
        return self._reply(target, SourcePart(), Source)

    def refusal(self, target: str) -> Problem | None:
        """Return why a target's build failed; None where it did not, or it is not known."""
        reply = self._find(target, SourcePart())
        return reply if isinstance(reply, Problem) else None

    def _emissions(self, target: str) -> Iterable[Emission]:
        return self.source(target).emissions

    def _text_of(self, target: str, part: str) -> str:
        emissions = [e for e in self._emissions(target) if e.form == "source"]
        emissions = emissions or [*self._emissions(target)]
        wanted = [emission.text for emission in emissions if part in ("", emission.part)]
        return wanted[0] if wanted else ""

    def outcome(self, query: queries.RunQuery) -> Outcome:
        """Return the outcome of the run that a query is put to.

        Raises
        ------
        FormError
            When there was none.
        """
        return self._reply(_run_target(query), run_facts.part_of(query), Outcome)

    # ------------------------------------------------------------ replies

    def _tree(self, at: str) -> Tree:
        target, part = _tree_need(at)
        return self._reply(target, part, Tree)

    def _find(self, target: str, part: Part) -> Reply | Problem | None:
        request = Request(text=self._text, target=target, part=part)
        return self._replies.get(key_of(request))

    def _reply(self, target: str, part: Part, kind: type[R]) -> R:
        reply = self._find(target, part)
        if isinstance(reply, kind):
            return reply
        reason = reply.what if isinstance(reply, Problem) else message_of("verbatim", text="?")
        raise FormError(message_of("lesson-needs", reason=reason))


def key_of(request: Request) -> str:
    """Return what names a request among those of a lesson."""
    return f"{_same(request.target, request.part)} {request.part!r}"


def _same(target: str, part: Part) -> str:
    """Return the target of a request; the program as written is that of any target."""
    return "c" if part == TreePart() else target
