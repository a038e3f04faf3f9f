"""Draw schedules for a function: dlight's rules, MetaSchedule's design space, an evolution of it.

All in this process, on one thread and without files: MetaSchedule's own builder and runner would
start processes, which a jail does not let it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import tvm
from tvm.s_tir import Schedule, Trace, dlight

from viz.errors import TVM_ERRORS, LoweringError
from viz.ir.process_state import cheap_stack, unchecked_schedules
from viz.messages import message_of
from viz.model import Options
from viz.passes import gpu_schedule
from viz.passes.function_roles import is_bound
from viz.passes.schedule.trace_text import lines_of
from viz.passes.targets import target_of

TRIES = 40
"""Draws for each schedule that is wanted: most of a GPU's ask for too many threads or too much
shared memory."""

POPULATION = 64
"""Schedules of a generation of the evolution: MetaSchedule's own 512 take half a minute."""

LIMITS = {"max_threads_per_block": 1024, "max_shared_memory_per_block": 49152}
"""What MetaSchedule wants to know of a GPU, where its target does not say."""


class Drawn(NamedTuple):
    """A schedule that was drawn: its statements, and what made it."""

    rule: str
    lines: tuple[str, ...]


def whole(mod: tvm.IRModule, name: str) -> tvm.IRModule:
    """Return a module of one function by the name main, which MetaSchedule's rules look for."""
    function = next(f for variable, f in mod.functions.items() if variable.name_hint == name)
    return tvm.IRModule({"main": function.with_attr("global_symbol", "main")})


def tuning_target(name: str, options: Options) -> tvm.target.Target:
    """Return a target with what MetaSchedule's rules ask of it."""
    target = target_of(name, options)
    known = dict(target.export())
    more: dict[str, Any] = {"num-cores": os.cpu_count() or 1}
    if "gpu" in target.keys:
        more = {key: value for key, value in LIMITS.items() if key not in known}
    return tvm.target.Target({**known, **more})


def by_rules(mod: tvm.IRModule, target: tvm.target.Target) -> Iterator[Drawn]:
    """Yield what each rule of dlight makes of a function for a GPU."""
    if "gpu" not in target.keys:
        return
    with cheap_stack(), unchecked_schedules(), target:
        for name in gpu_schedule.RULES:
            try:
                space = getattr(dlight.gpu, name)().apply(mod["main"], target, False)
            except TVM_ERRORS:
                continue  # the rule fits no such function
            for made in space if isinstance(space, list) else [space] if space else []:
                if is_bound(made.mod["main"]):
                    yield Drawn(f"dlight.gpu.{name}", tuple(lines_of(str(made.trace))))


def by_chance(
    mod: tvm.IRModule, target: tvm.target.Target, seed: int, count: int
) -> Iterator[Drawn | None]:
    """Yield schedules of MetaSchedule's design space; None for a draw that the target refuses.

    Raises
    ------
    LoweringError
        When MetaSchedule has no design space for the function.
    """
    with cheap_stack(), unchecked_schedules(), _explained():
        context = _context(mod, target, seed, "replay-trace")
        spaces = context.generate_design_space()
    posts = context.space_generator.postprocs
    for number in range(count * TRIES):
        sketch = number % len(spaces)
        yield _one(mod, spaces[sketch].trace, posts, seed * 100_003 + number + 1, sketch)


def _one(mod: Any, trace: Any, posts: Any, seed: int, sketch: int) -> Drawn | None:
    with cheap_stack(), unchecked_schedules():
        try:
            schedule = Schedule(mod, seed=seed, debug_mask="none", error_render_level="none")
            Trace(trace.insts, {}).apply_to_schedule(schedule, remove_postproc=True)
            schedule.enter_postproc()
            if not all(post.apply(schedule) for post in posts):
                return None
        except TVM_ERRORS:
            return None
        return Drawn(f"meta_schedule {sketch + 1}", tuple(lines_of(str(schedule.trace))))


class Evolution:
    """MetaSchedule's search: each generation comes from the fastest of those before it.

    Raises
    ------
    LoweringError
        When MetaSchedule has no design space for the function.
    """

    def __init__(
        self, mod: tvm.IRModule, target: tvm.target.Target, seed: int, count: int, batch: int
    ) -> None:
        from tvm.s_tir import meta_schedule as ms

        self._mod, self._target = mod, target
        with cheap_stack(), unchecked_schedules(), _explained():
            strategy = ms.search_strategy.EvolutionarySearch(
                population_size=POPULATION, init_min_unmeasured=batch, genetic_num_iters=2
            )
            self._context = _context(mod, target, seed, strategy)
            self._database = ms.database.MemoryDatabase()
            self._context.pre_tuning(
                max_trials=count,
                num_trials_per_iter=batch,
                design_spaces=self._context.generate_design_space(),
                database=self._database,
                cost_model=ms.cost_model.RandomModel(),
            )
        self._candidates: Any = None

    def generation(self) -> list[Drawn]:
        """Return the next schedules to measure; none at the end."""
        with cheap_stack(), unchecked_schedules(), _explained():
            self._candidates = self._context.generate_measure_candidates()
        return [
            Drawn("meta_schedule", tuple(lines_of(str(each.sch.trace))))
            for each in self._candidates or ()
        ]

    def measured(self, seconds: Sequence[float | None]) -> None:
        """Tell the search what calls of the last generation took; None for one that failed."""
        from tvm.s_tir import meta_schedule as ms

        workload = self._database.commit_workload(self._mod)
        results = []
        for candidate, taken in zip(self._candidates, seconds, strict=True):
            times = None if taken is None else [taken]
            results.append(ms.runner.RunnerResult(times, None if times else "failed"))
            if times:
                record = ms.database.TuningRecord(
                    trace=candidate.sch.trace,
                    workload=workload,
                    run_secs=times,
                    target=self._target,
                    args_info=candidate.args_info,
                )
                self._database.commit_tuning_record(record)
        self._context.notify_runner_results(self._candidates, results)


def _context(mod: Any, target: Any, seed: int, strategy: Any) -> Any:
    from tvm.s_tir import meta_schedule as ms

    return ms.TuneContext(
        mod=mod,
        target=target,
        space_generator="post-order-apply",
        search_strategy=strategy,
        task_name="main",
        rand_state=seed + 1,
        num_threads=1,
    )


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except TVM_ERRORS as error:
        reason = " ".join(str(error).split())[:300]
        raise LoweringError(message_of("search-no-space", reason=reason)) from None
