"""The answers of a quiz by other ways than the quiz's own.

Nodes are TVM's objects and not ours, found by the place of their spans; what runs how often and what
is read stands in the text as Python; who wrote what is read off the marks one by one; what a pass
did off the printed stages.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from functools import cached_property

import tvm
import tvm_ffi

from tests.support.lessons.thread_trace import TooLong, Trace
from viz.errors import LoweringError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.learn.queries import AddingPassQuery, NextPassQuery, PassQuery
from viz.learn.structure import bare
from viz.model import OriginsPart, OverviewPart, Request, SourcePart, StageTextPart, TreePart
from viz.service.engine.dispatch import Answers
from viz.text import Text

ALL = (tvm.ir.Expr, tvm.tirx.Stmt)


def words(sentence):
    """Return the pieces of code of a sentence, in their order."""
    return [piece.words for piece in sentence if piece.kind == "code"]


def text_of(sentence):
    return "".join(piece.words for piece in sentence)


def line_of(sentence):
    return int(re.search(r"in line ([\d,]+)", text_of(sentence))[1].replace(",", ""))


def short(obj):
    return type(obj).__tvm_ffi_type_info__.type_key.rpartition(".")[2]


class Oracle:
    """Judges the questions about one program and target."""

    def __init__(self, request: Request, answers: Answers) -> None:
        self.request = request
        self._answers = answers
        self.parsed = parse(read(request.text))
        self.text = request.text
        self._replies = {}

    def judge(self, question) -> tuple[bool, list[bool]]:
        """Return whether the answer is right, and for each other option whether it is right too."""
        truth = getattr(self, question.kind)(question)
        if question.right is None:
            return truth(question.solved.value), []
        options = [text_of(offered) for offered in question.offered]
        wrong = [o for i, o in enumerate(options) if i != question.right]
        return truth(options[question.right]), [truth(option) for option in wrong]

    # ------------------------------------------------------------ TVM's objects

    @cached_property
    def objects(self):
        """All Exprs and Stmts that have a place in the text, by their first line and its number."""
        lines = Text(self.text)
        found = defaultdict(list)

        def note(obj):
            span = self.parsed.user_span(obj.span) if obj.span is not None else None
            if span is not None:
                rows = self.text[span.start : span.end].splitlines()
                more = len(rows) > 1 and not rows[0].rstrip().endswith(":")
                first = " ".join(rows[0].split()) + (" …" if more else "")
                found[first, lines.position(span.start).line].append(obj)

        for function in self.parsed.mod.functions.values():
            tvm_ffi.structural_walk(function, (ALL, note), order="pre")
        return found

    def at(self, shown, line, title=""):
        """Return the objects that a question means."""
        return [obj for obj in self.objects[shown, line] if title in ("", short(obj))]

    @cached_property
    def holders(self):
        """Of each object the parents that have it, with the field."""
        found = defaultdict(list)

        def note(obj):
            for field in type(obj).__tvm_ffi_type_info__.fields:
                value = getattr(obj, field.name, None)
                if isinstance(value, (*ALL, tvm_ffi.Object)) and hasattr(value, "__chandle__"):
                    found[int(value.__chandle__())].append((obj, field.name))
                if isinstance(value, tvm_ffi.Array):
                    for i, item in enumerate(value):
                        if isinstance(item, tvm_ffi.Object):
                            found[int(item.__chandle__())].append((obj, f"{field.name}[{i}]"))

        for function in self.parsed.mod.functions.values():
            note(function)
            tvm_ffi.structural_walk(function, (ALL, note), order="pre")
        return found

    def parents_of(self, question, shown, title):
        line = line_of(question.ask)
        if title in ("For", "SBlock"):  # these are named by their labels
            objects = [
                obj
                for objects in self.objects.values()
                for obj in objects
                if short(obj) == title
                and self.line(obj) == line
                and (title != "For" or shown.startswith(f"for {obj.loop_var.name} in "))
                and (title != "SBlock" or shown == f'"{obj.name_hint}"')
            ]
        else:
            objects = self.at(shown, line, title)
        return [row for obj in objects for row in self.holders[int(obj.__chandle__())]]

    def line(self, obj):
        span = None if obj.span is None else self.parsed.user_span(obj.span)
        if span is None:
            return 0
        return Text(self.text).position(span.start).line

    # ------------------------------------------------------------ the kinds

    def type(self, question):
        (shown,) = words(question.ask)
        found = {short(obj) for obj in self.at(shown, line_of(question.ask))}
        return lambda option: option in found

    def dtype(self, question):
        (shown,) = words(question.ask)
        objects = self.at(shown, line_of(question.ask))
        dtypes = {str(obj.ty) for obj in objects if isinstance(obj, tvm.ir.Expr)}
        return lambda option: any(option == re.sub(r'.*"(.*)".*', r"\1", d) for d in dtypes)

    def count(self, question):
        (title,) = words(question.ask)
        return lambda number: number == self.visits[title]

    @cached_property
    def visits(self):
        """Count how often TVM's walk meets each type."""
        found = Counter()
        for function in self.parsed.mod.functions.values():
            tvm_ffi.structural_walk(
                function, (ALL, lambda obj: found.update([short(obj)])), order="pre"
            )
        return found

    def parent(self, question):
        title, shown = words(question.ask)
        parents = self.parents_of(question, shown, title)
        return lambda option: any(self.is_option(obj, option) for obj, _ in parents)

    def is_option(self, obj, option):
        """Return whether an option such as ``Add  x + 1  :7`` is an object."""
        title, shown, line = re.fullmatch(r"(\w+)  (.*)  :(\d+)", option).groups()
        if title != short(obj) or self.line(obj) != int(line):
            return False
        if title == "For":
            return shown.startswith(f"for {obj.loop_var.name} in ")
        if title == "SBlock":
            return shown == f'"{obj.name_hint}"'
        return any(obj.same_as(other) for other in self.at(shown, int(line), title))

    def field(self, question):
        shown, _parent, title = words(question.ask)
        fields = {field for _, field in self.parents_of(question, shown, title)}
        return lambda option: option in fields

    def rounds(self, question):
        line = line_of(question.ask)
        count = 1

        def walk(node, times):
            nonlocal count
            if getattr(node, "lineno", 0) == line and isinstance(node, ast.stmt):
                count = times
            if isinstance(node, ast.For):
                for size in _sizes(node.iter):
                    times *= size
            for child in ast.iter_child_nodes(node):
                walk(child, times)

        walk(ast.parse(self.text), 1)
        return lambda number: number == count

    def use(self, question):
        (name,) = words(question.ask)
        does = {"read": False, "written": False}
        for node in ast.walk(_without_regions(ast.parse(self.text))):
            if isinstance(node, ast.AugAssign) and _is_element(node.target, name):
                does["read"] = True
            if _is_element(node, name):
                does["read" if isinstance(node.ctx, ast.Load) else "written"] = True
        truth = {
            (True, False): "It only reads them.",
            (False, True): "It only writes them.",
            (True, True): "It reads some and writes some.",
            (False, False): "It does neither.",
        }[does["read"], does["written"]]
        return lambda option: option == truth

    # ------------------------------------------------------------ the build

    def reply(self, part, target=""):
        request = Request(text=self.text, target=target or self.request.target, part=part)
        key = repr(request)
        if key not in self._replies:
            self._replies[key] = self._answers.answer(request)
        return self._replies[key]

    @cached_property
    def pieces(self):
        """Map each node of the program to all characters of each of its marks."""
        origins = self.reply(OriginsPart()).nodes
        found = defaultdict(set)
        for emission in self.reply(SourcePart()).emissions:
            for mark in emission.marks:
                node = origins[mark.node].input_node
                if node is not None:
                    found[node].add(bare(emission.text[mark.start : mark.end]))
        return found

    @cached_property
    def tree(self):
        return self.reply(TreePart())

    def node_at(self, path):
        return next(node.id for node in self.tree.nodes if node.path == path)

    def writer(self, question):
        (characters,) = words(question.ask)
        writers = {node for node, pieces in self.pieces.items() if bare(characters) in pieces}
        assert writers == {self.node_at(question.solved.place.path)}
        right = text_of(question.offered[question.right])
        return lambda option: option == right

    def written(self, question):
        node = self.node_at(question.solved.place.path)
        return lambda option: option in self.pieces[node]

    def stage(self, number):
        return self.reply(StageTextPart(stage=number)).text

    def types_after(self, number):
        return {node.type_key for node in self.reply(TreePart(stage=number)).nodes}

    def removes(self, question):
        query, stop = question.lesson_question.answer, question.solved.stop
        assert isinstance(query, PassQuery)
        assert query.pass_removing in self.types_after(stop.number - 1)
        assert query.pass_removing not in self.types_after(stop.number)
        assert query.pass_removing not in self.types_after("final")
        return lambda option: option == stop.name.rpartition(".")[2]

    def adds(self, question):
        query, stop = question.lesson_question.answer, question.solved.stop
        assert isinstance(query, AddingPassQuery)
        assert query.pass_adding not in self.types_after("input")
        assert query.pass_adding not in self.types_after(stop.number - 1)
        assert query.pass_adding in self.types_after(stop.number)
        return lambda option: option == stop.name.rpartition(".")[2]

    def next(self, question):
        query, stop = question.lesson_question.answer, question.solved.stop
        assert isinstance(query, NextPassQuery)
        rows = self.reply(OverviewPart(passes=True)).passes
        (own,) = [row.number for row in rows if row.name == query.pass_after and row.changed]
        assert own < stop.number
        # Nothing changes up to it, and it changes something.
        assert self.tree_at(own) == self.tree_at(stop.number - 1)
        assert self.tree_at(stop.number) != self.tree_at(stop.number - 1)
        return lambda option: option == stop.name.rpartition(".")[2]

    def tree_at(self, number):
        """Return a stage but for the names of its variables, which may change alone."""
        nodes = self.reply(TreePart(stage=number)).nodes
        return [(n.type_key, {k: v for k, v in n.fields.items() if k != "name"}) for n in nodes]

    def thread(self, question):
        loop = words(question.ask)[0]
        is_gpu = self.request.target == "cuda"
        script = self.stage("scheduled" if is_gpu else "input")
        found = re.search(rf'for {loop} in T\.thread_binding\(.*?thread="([\w.]+)"', script)
        truth = found[1] if found else "nothing: it is a plain loop"
        return lambda option: option == truth

    def target(self, question):
        takes = "takes it" in text_of(question.ask)
        names = {"C": "c", "LLVM": "llvm", "OpenCL": "opencl", "WebGPU": "webgpu", "CUDA": "cuda"}

        def truth(option):
            try:
                self.reply(SourcePart(), names[option])
            except LoweringError:
                return not takes
            return takes

        return truth

    # ------------------------------------------------------------ a run

    @cached_property
    def trace(self):
        """The accesses of each thread; None where they depend on data, or are too many."""
        try:
            return Trace(self.stage("final"))
        except (TypeError, NameError, TooLong):
            return None

    def check(self, question):
        trace = self.trace

        def truth(option):
            name = option.rpartition(" ")[2]
            if option.startswith("a race"):
                return trace.races(name)
            if option.startswith("an index"):
                return name in trace.outside
            if option.startswith("a barrier"):
                return trace.is_stuck
            return not (trace.outside or trace.is_stuck or any(map(trace.races, trace.buffers)))

        return truth

    def racers(self, question):
        (element,) = words(question.ask)
        buffer, index = re.fullmatch(r"(\w+)\[(\d+)\]", element).groups()

        def truth(option):
            numbers = [int(number) for number in re.findall(r"\d+", option)]
            if option.startswith("Two threads of one block"):
                one, other, block = numbers
                blocks = [block, block]
            elif option.startswith("Threads of two blocks"):
                one, block, other, other_block = numbers
                blocks = [block, other_block]
            else:
                return False  # no race has one thread, none, or no write
            threads = [((b, 0, 0), (t, 0, 0)) for b, t in zip(blocks, (one, other), strict=True)]
            return self.trace.is_race(buffer, int(index), *threads)

        return truth

    def sectors(self, question):
        kind = "load" if " read " in text_of(question.ask) else "store"
        (buffer,) = words(question.ask)
        return lambda number: number == self.trace.sectors(buffer, kind)

    def banks(self, question):
        kind = "load" if " read " in text_of(question.ask) else "store"
        (buffer,) = words(question.ask)
        return lambda number: number == self.trace.rounds(buffer, kind)


def _sizes(iterated):
    """Return the extents of ``range(8)``, ``T.grid(2, 3)``, ``T.thread_binding(64, "threadIdx.x")``."""
    name = ast.unparse(iterated.func).rpartition(".")[2]
    numbers = [ast.literal_eval(arg) for arg in iterated.args if isinstance(arg, ast.Constant)]
    numbers = [number for number in numbers if isinstance(number, int)]
    if name == "grid":
        return numbers
    return [numbers[1] - numbers[0] if len(numbers) > 1 else numbers[0]]


def _is_element(node, name):
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
    )


def _without_regions(tree):
    """Return a module without what its blocks say that they read and write."""

    class Cut(ast.NodeTransformer):
        def visit_Expr(self, node):
            is_region = ast.unparse(node).startswith(("T.reads(", "T.writes("))
            return ast.Pass() if is_region else node

    return Cut().visit(tree)
