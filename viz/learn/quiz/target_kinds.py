"""Make questions about what targets do with the program: threads, and who refuses it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

from viz.learn import queries, structure
from viz.learn.quiz.draft import Draft, NotApplicableError, Option
from viz.learn.quiz.material import Material, visible
from viz.learn.quiz.tree_kinds import LEAST_WRONG, among, shuffled
from viz.learn.structure import UNBOUND, TreeIndex
from viz.model import catalog

ASKED = ("c", "llvm", "opencl", "webgpu")
"""The targets that may refuse a program, beside the quiz's own: two for CPUs and two for GPUs. The
schedules of others need more of TVM to be loaded, which takes long."""

_REFUSES = "lowering"
"""The code of the problem of a build that says no."""


def thread_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the axis of threads that a loop is bound to, after scheduling."""
    row = catalog.target(material.target)
    is_gpu = row is not None and row.gpu
    at = f"{material.target}/scheduled" if is_gpu else "input"
    index = material.scheduled if is_gpu else material.index
    loops = [node for node in visible(index.tree) if node.type_key == "tirx.For"]
    names = {loop.id: _variable(index, loop.id) for loop in loops}
    times = Counter(names.values())
    tags = {loop.id: structure.thread_of(index, loop) for loop in loops}
    axes = sorted({tag for tag in tags.values() if tag})
    if not axes:
        raise NotApplicableError("nothing")
    if len(axes) < LEAST_WRONG:
        raise NotApplicableError("few-choices")
    for loop in shuffled(loops, random):
        if times[names[loop.id]] > 1:
            continue
        answer = tags[loop.id] or UNBOUND
        wrong = [Option(axis, axis) for axis in shuffled([a for a in axes if a != answer], random)]
        unbound = Option(UNBOUND, UNBOUND, look="named")
        if answer != UNBOUND:
            wrong = [*wrong[:LEAST_WRONG], unbound]
        options, right = among(
            Option(answer, answer) if answer != UNBOUND else unbound, wrong, random
        )
        yield Draft(
            kind="thread",
            how="choice",
            values={"loop": names[loop.id], "target": material.title},
            answer=queries.ThreadQuery(thread_of=material.place(loop, at)),
            options=options,
            right=right,
            shows=material.place(loop, at),
            words="" if is_gpu else "thread-as-written",
        )


def _variable(index: TreeIndex, loop: int) -> str:
    variable = index.child(index.tree.nodes[loop], "loop_var")
    return "" if variable is None else structure.name_of(variable)


def refusing(material: Material, random: Random) -> Iterator[Draft]:
    """Yield a question for the target that refuses the program, or for the one that takes it."""
    refusals = {
        name: material.evidence.refusal(name) for name in dict.fromkeys((*ASKED, material.target))
    }
    known = {
        name: problem
        for name, problem in refusals.items()
        if problem is None or problem.code == _REFUSES
    }
    refused = [name for name, problem in known.items() if problem is not None]
    taken = [name for name, problem in known.items() if problem is None]
    if not refused:
        raise NotApplicableError("nothing")
    for is_refusal, one, others in ((True, refused, taken), (False, taken, refused)):
        if not one or len(others) < LEAST_WRONG:
            continue
        name = random.choice(one)
        says = "yes" if is_refusal else "no"
        options, right = among(
            _asked(name, says), [_asked(o, says) for o in shuffled(others, random)], random
        )
        problem = known[name if is_refusal else refused[0]]
        assert problem is not None
        yield Draft(
            kind="target",
            how="choice",
            values={"answer": options[right].words, "reason": problem.what},
            answer=None,
            options=options,
            right=right,
            words="" if is_refusal else "target-takes",
        )
    raise NotApplicableError("few-choices")


def _asked(name: str, says: str) -> Option:
    row = catalog.target(name)
    title = name if row is None else row.title
    return Option(title, when=queries.RefusedQuery(refused=name), is_=says, look="text")
