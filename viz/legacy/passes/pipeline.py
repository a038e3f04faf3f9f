"""Lower an IRModule for a target as ``tvm.build`` of 2024 does, up to where the codegens take over.

The steps: the default GPU schedule, ``tvm.lower``, the passes of the mixed module, and then those
of its host half and of its device half.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, NamedTuple

import tvm
from tvm import tir
from tvm.target import Target

from viz.errors import TVM_ERRORS, LoweringError, RequestError
from viz.legacy.functions import callees, is_bound, symbol_of
from viz.legacy.passes.lowering_error import lowering_error
from viz.messages import message_of
from viz.model import Options, Scalar, Schedule
from viz.targets.option_errors import attribute_error, require_attributes, setting_error
from viz.targets.rows import row_of

Part = Literal["all", "host", "device"]

RULES = ("Matmul", "GEMV", "Reduction", "GeneralReduction", "Fallback")
"""The rules of ``tvm.dlight.gpu`` in the order of trial; the first that fits wins."""

FALLBACK = f"dlight.gpu.{RULES[-1]}"

GPU_LIMITS: Mapping[str, dict[str, Scalar]] = {
    "cuda": {
        "max_threads_per_block": 1024,
        "thread_warp_size": 32,
        "max_shared_memory_per_block": 49152,
    }
}
"""Attributes that rules of dlight read, where this TVM would ask the machine's GPU for them."""

_DRIVER = tvm.driver._ffi_api


class LegacyLowered(NamedTuple):
    """The modules that the codegens get, for one target.

    ``device`` is empty for a CPU.
    """

    name: str
    target: Target
    host: tvm.IRModule
    device: tvm.IRModule
    scheduled: tvm.IRModule
    schedule: Schedule | None
    named: tuple[str, ...] = ()
    """The private functions that got a symbol, since nothing can be built without."""

    def final(self) -> tvm.IRModule:
        """Return host and device functions in one module."""
        return with_functions(self.host, functions(self.device))

    def host_target(self) -> Target:
        """Return the target of the host's code."""
        host: Target = self.target.host
        return host


def functions(mod: tvm.IRModule) -> dict[Any, Any]:
    """Return the functions of a module by variable."""
    return dict(mod.functions.items())


def copy_of(mod: tvm.IRModule) -> tvm.IRModule:
    """Return another module of the same functions: some passes put new ones into the module."""
    return tvm.IRModule(mod.functions, attrs=mod.attrs)


def with_functions(mod: tvm.IRModule, changed: Mapping[Any, Any]) -> tvm.IRModule:
    """Return a module with other functions for some variables, in the same order.

    A module that is made of a dict has another order, and codegens write in that of the module.
    """
    copy = copy_of(mod)
    for variable, function in changed.items():
        copy.update_func(variable, function)
    return copy


def lower(
    mod: tvm.IRModule,
    name: str,
    options: Options = Options(),
    host: str = "",
    instruments: tuple[Any, ...] = (),
    enter: Callable[[Part], None] = lambda part: None,
) -> LegacyLowered:
    """Lower a module for a target, up to where the codegens take over.

    Parameters
    ----------
    host
        The kind of the host's target; that of the target's row if empty.
    instruments
        See the passes of the build, not those that schedule for a GPU.
    enter
        Called before the passes of the whole module, of its host half and of its device half; for
        the whole module once more where the first schedule does not lower and another is tried.

    Raises
    ------
    RequestError
        An unknown target or option.
    LoweringError
        When a pass throws, or a GPU target ends without a kernel.
    """
    target = target_of(name, options, host)
    mod, private = named(mod)
    build = _Build(name, target, options, instruments, enter)
    with pass_context(options.config):
        scheduled, schedule = schedule_for_gpu(mod, target, name)
    try:
        return build.of(scheduled, schedule, private)
    except LoweringError:
        if schedule is None or {*schedule.rules} == {FALLBACK}:
            raise
    # A rule can fit a function and make of it what no codegen takes; the last one asks for nothing.
    with pass_context(options.config):
        scheduled, schedule = schedule_for_gpu(mod, target, name, RULES[-1:])
    return build.of(scheduled, schedule, private)


class _Build(NamedTuple):
    """What every try at lowering one program has in common; see :func:`lower`."""

    name: str
    target: Target
    options: Options
    instruments: tuple[Any, ...]
    enter: Callable[[Part], None]

    def of(
        self, mod: tvm.IRModule, schedule: Schedule | None, private: tuple[str, ...]
    ) -> LegacyLowered:
        """Run the passes over a module that is scheduled.

        Raises
        ------
        LoweringError
            When a pass throws, or a GPU target ends without a kernel.
        """
        open_passes = _LegacyOpenPasses()
        with pass_context(self.options.config, (*self.instruments, open_passes)):
            try:
                self.enter("all")
                lowered = tvm.lower(copy_of(mod))
                mixed = _DRIVER.mixed_mod_passes(lowered, self.target)(copy_of(lowered))
                self.enter("host")
                host_mod = _DRIVER.host_mod_passes(mixed, self.target.host)(copy_of(mixed))
                self.enter("device")
                device_mod = _DRIVER.device_mod_passes(mixed, self.target)(copy_of(mixed))
            except TVM_ERRORS as error:
                raise lowering_error(error, self.name, mod, open_passes.innermost()) from error
        if row_of(self.name).gpu and not len(device_mod.functions):
            raise LoweringError(message_of("no-kernel", title=row_of(self.name).title))
        return LegacyLowered(self.name, self.target, host_mod, device_mod, mod, schedule, private)


@tvm.instrument.pass_instrument
class _LegacyOpenPasses:
    """Names the pass that throws; TVM's lists of passes have no name of their own."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def run_before_pass(self, mod: tvm.IRModule, info: Any) -> None:
        self.names.append(str(info.name))

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:
        self.names.pop()

    def innermost(self) -> str:
        """Return the innermost pass that has begun and not ended, or an empty string."""
        return next((name for name in reversed(self.names) if "." in name), "")


# ---------------------------------------------------------------- targets and settings


def target_of(name: str, options: Options = Options(), host: str = "") -> Target:
    """Return TVM's target for one of our names, with the user's options and the host part.

    Raises
    ------
    RequestError
        When the target is unknown, or TVM refuses an option.
    """
    row = row_of(name)
    attributes: dict[str, Any] = {"kind": row.kind, **GPU_LIMITS.get(row.kind, {})}
    attributes |= row.attributes
    require_attributes(row.title, options.attributes)
    if options.arch and not row.arch:
        raise RequestError(message_of("no-arch-to-choose", title=row.title))
    if arch := options.arch:
        known = row.architectures or _processors()
        if arch not in known:
            like = tuple(difflib.get_close_matches(arch, known, 4)) or (*known[:2], *known[-2:])
            raise RequestError(message_of("unknown-arch", title=row.title, arch=arch, known=like))
        attributes[row.arch] = arch
    attributes |= {key: _json_value(value) for key, value in options.attributes.items()}
    try:
        target = Target(attributes)
        return target.with_host(Target({"kind": host or row.host}) if row.gpu else target)
    except TVM_ERRORS as error:
        raise attribute_error(row.title, attributes, str(error)) from None


@cache
def _processors() -> tuple[str, ...]:
    """Return the names of the CPUs that LLVM knows for this machine's kind."""
    names = tvm.get_global_func("target.llvm_get_cpu_archlist")(Target("llvm"))
    return ("native", *map(str, names))


def _json_value(value: Scalar) -> Any:
    """Return ``["a"]`` for such a text: lists are how some target attributes are given."""
    if isinstance(value, str) and value.startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


@contextmanager
def pass_context(config: Mapping[str, Scalar], instruments: tuple[Any, ...] = ()) -> Iterator[None]:
    """Enter a PassContext with the user's settings; today's names of them are read too.

    Raises
    ------
    RequestError
        When TVM knows no such key, or wants another type of value.
    """
    settings = {key.replace("tirx.", "tir.", 1): value for key, value in config.items()}
    try:
        context = tvm.transform.PassContext(config=settings, instruments=[*instruments])
    except TVM_ERRORS as error:
        raise setting_error(settings, str(error)) from None
    with context:
        yield


# ---------------------------------------------------------------- functions


def named(mod: tvm.IRModule) -> tuple[tvm.IRModule, tuple[str, ...]]:
    """Give each private function that nothing in the module calls a ``global_symbol``: its name.

    Returns
    -------
    The module (the same object where every function has a symbol), and the functions named.
    """
    prim_funcs = {v: f for v, f in mod.functions.items() if isinstance(f, tir.PrimFunc)}
    changed: dict[Any, Any] = {}
    called = {callee for function in prim_funcs.values() for callee in callees(function)}
    names: list[str] = []
    for variable, function in prim_funcs.items():
        name = str(variable.name_hint)
        if name not in called and not symbol_of(function):
            changed[variable] = function.with_attr("global_symbol", name)
            names.append(name)
    if not names:
        return mod, ()
    return with_functions(mod, changed), tuple(sorted(names))


def statements(function: Any, wanted: Any) -> list[Any]:
    """Return the nodes of some classes in a function's body, each object once."""
    found: list[Any] = []

    def visit(node: Any) -> None:
        if isinstance(node, wanted):
            found.append(node)

    tir.stmt_functor.post_order_visit(function.body, visit)
    return found


# ---------------------------------------------------------------- the default GPU schedule


def schedule_for_gpu(
    mod: tvm.IRModule, target: Target, name: str, rules: tuple[str, ...] = RULES
) -> tuple[tvm.IRModule, Schedule | None]:
    """Bind the unbound functions of a module to GPU threads; the module itself stays as it is.

    Returns
    -------
    The scheduled module, and what was done; None when no function had to be scheduled.

    Raises
    ------
    LoweringError
        When no rule fits a function.
    """
    if not row_of(name).gpu:
        return mod, None
    changed: dict[Any, Any] = {}
    done: dict[str, str] = {}
    for variable, function in sorted(
        functions(mod).items(), key=lambda item: str(item[0].name_hint)
    ):
        if _is_to_schedule(function):
            own = str(variable.name_hint)
            done[own], changed[variable] = _schedule_one(own, function, target, rules)
    if not done:
        return mod, None
    schedule = Schedule(functions=tuple(done), rules=tuple(done.values()))
    return with_functions(mod, changed), schedule


def _is_to_schedule(function: Any) -> bool:
    """Whether a function is one that the host calls, has no thread bindings and touches memory."""
    return (
        isinstance(function, tir.PrimFunc)
        and bool(symbol_of(function))
        and not is_bound(function)
        and bool(statements(function, (tir.BufferStore, tir.Block, tir.BufferLoad, tir.For)))
    )


def _schedule_one(
    name: str, function: Any, target: Target, rules: tuple[str, ...]
) -> tuple[str, Any]:
    from tvm import dlight

    # TVM's schedules write into statements that nothing else refers to, so they are held here: a
    # copy of the function would have other nodes than those that places and origins are told by.
    held = statements(function, tir.Stmt)
    blocks = [node for node in held if isinstance(node, tir.Block)]
    with target:
        for rule in (getattr(dlight.gpu, rule) for rule in rules):
            try:
                space = rule().apply(function, target, False)
            except TVM_ERRORS:  # the rule's own mistake; another one may fit
                continue
            if space is None:
                continue
            chosen = space[0] if isinstance(space, list) else space
            bound = chosen.mod["main"].with_attr("tir.is_scheduled", True)
            if is_bound(bound):
                return f"dlight.gpu.{rule.__name__}", bound
    if len(blocks) > 1:
        raise LoweringError(message_of("no-rule-fits", function=name))
    hint = message_of("write-in-blocks-2024")
    raise LoweringError(message_of("no-block-to-schedule", function=name), hint=hint)
