"""From an IRModule to source text: lower it for a target as TVM does, and let its codegens write.

The steps are those of ``tvm.compile``: bind the target, the target's own pipeline, split host from
device, the finalising passes, then one codegen for each side. A test holds the texts against
``tvm.compile``'s.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import msgspec
import tvm
from tvm.target import Target
from tvm.tirx.build import codegen_build, split_host_device_mods

from viz import catalog
from viz.engine.functions import named
from viz.engine.schedule import schedule_for_gpu
from viz.errors import LoweringError, RequestError, VizError
from viz.model import Emission, Options, Problem, Scalar, Schedule, Source


class Lowered(NamedTuple):
    """The modules that the codegens get, for one target.

    ``devices`` has one entry for a GPU target.
    """

    name: str
    target: Target
    host: tvm.IRModule
    devices: dict[Target, tvm.IRModule]
    scheduled: tvm.IRModule
    schedule: Schedule | None
    named: tuple[str, ...] = ()
    """The private functions that were given a symbol, since nothing can be built without."""

    def final(self) -> tvm.IRModule:
        """Return host and device functions in one module."""
        functions = dict(self.host.functions.items())
        for device in self.devices.values():
            functions |= dict(device.functions.items())
        return tvm.IRModule(functions)


def row_of(name: str) -> catalog.TargetRow:
    """Return a target's row.

    Raises
    ------
    RequestError
        When there is no such target, or it cannot be used here.
    """
    rows = catalog.targets()
    usable = ", ".join(key for key, row in rows.items() if not row.unavailable)
    if name not in rows:
        raise RequestError(f"there is no target named {name!r}", hint=f"Targets: {usable}.")
    if rows[name].unavailable:
        raise RequestError(
            f"{rows[name].title} cannot be shown: {rows[name].unavailable}",
            hint=f"Targets: {usable}.",
        )
    return rows[name]


def target_of(name: str, options: Options = Options(), host: str = "") -> Target:
    """Return TVM's target for one of our names, with the user's options and the host part.

    Raises
    ------
    RequestError
        When the target is unknown, or TVM refuses an option.
    """
    row = row_of(name)
    attributes: dict[str, Any] = {"kind": row.kind, **row.attributes}
    if options.arch:
        if not row.arch:
            raise RequestError(f"{row.title} has no architecture to choose")
        attributes[row.arch] = options.arch
    attributes |= {key: _json_value(value) for key, value in options.attributes.items()}
    try:
        target = Target(attributes)
        return (
            target.with_host(Target({"kind": host or row.host or row.kind})) if row.gpu else target
        )
    except (ValueError, TypeError, RuntimeError) as error:
        lines = str(error).strip().splitlines() or ["no reason given"]
        raise RequestError(
            f"TVM refuses this {row.title} target: {lines[-1]}", hint=f"It was {attributes}."
        ) from None


def _json_value(value: Scalar) -> Any:
    """Return ``["a"]`` for such a text: lists are how some target attributes are given."""
    if isinstance(value, str) and value.startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


@contextmanager
def pass_context(
    config: Mapping[str, Scalar], instruments: list[Any] | None = None
) -> Iterator[None]:
    """Enter a PassContext with the user's configuration.

    Raises
    ------
    RequestError
        When TVM knows no such key, or wants another type of value.
    """
    try:
        context = tvm.transform.PassContext(config=dict(config), instruments=instruments)
    except (AttributeError, ValueError, TypeError, RuntimeError) as error:
        lines = str(error).strip().splitlines() or ["no reason given"]
        known = "tirx.disable_vectorize, tirx.disable_cse_tir, tirx.disable_storage_rewrite"
        raise RequestError(
            f"TVM refuses this pass configuration: {lines[-1]}", hint=f"Known keys: {known} …"
        ) from None
    with context:
        yield


def lower(
    mod: tvm.IRModule,
    name: str,
    options: Options = Options(),
    host: str = "",
    instruments: list[Any] | None = None,
) -> Lowered:
    """Lower a module for a target, up to where the codegens take over.

    ``instruments`` are told of the passes of the build, not of those that schedule for a GPU.

    Raises
    ------
    RequestError
        See :func:`target_of` and :func:`pass_context`.
    LoweringError
        When a pass throws, or a GPU target ends without a kernel.
    """
    target = target_of(name, options, host)
    schedule = None
    mod, private = named(mod)
    if row_of(name).gpu:
        with pass_context(options.config):
            mod, schedule = schedule_for_gpu(mod, target)
    with pass_context(options.config, instruments):
        try:
            bound = tvm.tirx.transform.BindTarget(_with_host(target))(mod)
            pipeline, finalize_host, finalize_device = tvm.tirx.get_default_tir_pipeline(target)
            host_mod, device_mods = split_host_device_mods(pipeline(bound))
            host_mod = finalize_host()(host_mod)
            devices = {each: finalize_device()(device) for each, device in device_mods.items()}
        except (
            tvm.error.InternalError,
            ValueError,
            TypeError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise lowering_error(error, name, mod) from error
    if row_of(name).gpu and not any(len(device.functions) for device in devices.values()):
        title = row_of(name).title
        raise LoweringError(
            f"lowering for {title} left no kernel: nothing in this program is bound to GPU threads",
            hint='Bind a loop: for i in T.thread_binding(128, thread="threadIdx.x").',
        )
    return Lowered(name, target, host_mod, devices, mod, schedule, private)


def _with_host(target: Target) -> Target:
    return target if target.host is not None else target.with_host(target)


# What TVM's exceptions mean, by what they contain.
EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    (
        "Unknown device id in current IR",
        "this program is bound to GPU threads, which a CPU target cannot lower",
        "Choose a GPU target (cuda, opencl, metal, webgpu), or write plain loops.",
    ),
    (
        "Did you forget to bind",
        "a GPU buffer is used outside any thread",
        'Bind a loop around it: for i in T.thread_binding(128, thread="threadIdx.x").',
    ),
    (
        "must be called after MakePackedAPI",
        "a private function that another one calls cannot take buffers",
        'Leave out private=True, or give it pointers: p: T.handle("float32").',
    ),
    (
        "Unresolved call",
        "this codegen does not know one of the functions that the program calls",
        "Choose another target, or write the function out.",
    ),
)


def lowering_error(error: Exception, name: str, mod: tvm.IRModule | None = None) -> VizError:
    """Return the plain words for what a pass or codegen threw."""
    if isinstance(error, VizError):
        return error
    # Below the reason TVM adds the whole module.
    text = str(error).partition("\n\nError in pass: ")[0]
    if (
        mod is not None
        and any(_is_threaded(function) for function in mod.functions.values())
        and not row_of(name).gpu
    ):
        _, message, hint = EXPLANATIONS[0]
        return LoweringError(message, hint=hint)
    for sign, message, hint in EXPLANATIONS:
        if sign in text:
            detail = next((line.strip() for line in text.splitlines() if sign in line), "")
            return LoweringError(f"{message} ({_cut(detail)})", hint=hint)
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith("  File")
    ]
    useful = (
        [line for line in lines if "Check failed" in line or "Error" in line]
        or lines
        or [type(error).__name__]
    )
    return LoweringError(f"TVM cannot lower this for {row_of(name).title}: {_cut(useful[-1])}")


def _is_threaded(function: Any) -> bool:
    from viz.engine.schedule import is_bound

    return isinstance(function, tvm.tirx.PrimFunc) and is_bound(function)


def _cut(line: str, most: int = 300) -> str:
    return line if len(line) <= most else line[: most - 1] + "…"


# ---------------------------------------------------------------- emission


Form = Literal["ir", "assembly"]
LLVM_FORMS: dict[Form, tuple[str, str]] = {
    "ir": ("LLVM IR", "llvm"),
    "assembly": ("Assembly", "asm"),
}


class Writing(NamedTuple):
    """A text, the module it was written of, and the codegen, to be asked again."""

    emission: Emission
    mod: tvm.IRModule
    target: Target


def write(mod: tvm.IRModule, target: Target, form: str = "") -> str:
    """Let a target's codegen write a lowered module; no compiler and no GPU is asked."""
    with source_only():
        built = codegen_build(mod, target)
        return str(built.inspect_source(form) if form else built.inspect_source())


def emit(lowered: Lowered) -> Source:
    """Let the codegens write the texts of a lowered module.

    Raises
    ------
    LoweringError
        When a codegen throws.
    """
    return source(lowered, [writing.emission for writing in writings(lowered)])


def source(lowered: Lowered, emissions: Iterable[Emission]) -> Source:
    """Return the Source of these emissions."""
    return Source(
        target=lowered.name,
        emissions=tuple(emissions),
        schedule=lowered.schedule,
        problems=tuple(_remarks(lowered)),
        target_text=str(lowered.target),
    )


def with_script(found: Source, lowered: Lowered) -> Source:
    """Return a Source with what its schedule left, if it has one, as TVM prints it."""
    if found.schedule is None:
        return found
    script = str(lowered.scheduled.script())
    return msgspec.structs.replace(
        found, schedule=msgspec.structs.replace(found.schedule, script=script)
    )


def writings(lowered: Lowered) -> list[Writing]:
    """Let the codegens write, the device's text first.

    Raises
    ------
    LoweringError
        When a codegen throws.
    """
    try:
        return [*_device_writings(lowered), *_host_writings(lowered)]
    except (
        tvm.error.InternalError,
        ValueError,
        TypeError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise lowering_error(error, lowered.name, lowered.scheduled) from error


def _device_writings(lowered: Lowered) -> Iterator[Writing]:
    row = row_of(lowered.name)
    for target, device in lowered.devices.items():
        emission = Emission(
            part="device",
            title=row.device_title,
            language=row.language,
            text=write(device, target),
        )
        yield Writing(emission, device, target)


def _host_writings(lowered: Lowered) -> Iterator[Writing]:
    row = row_of(lowered.name)
    host = lowered.target.host if row.gpu else lowered.target
    if host.kind.name != "llvm":
        title = "Host code (C)" if row.gpu else row.title
        text = write(lowered.host, host)
        yield Writing(
            Emission(part="host", title=title, language="c", text=text), lowered.host, host
        )
        return
    for form, text in llvm_texts(lowered.host, host).items():
        title, language = LLVM_FORMS[form]
        emission = Emission(part="host", title=title, language=language, text=text, form=form)
        yield Writing(emission, lowered.host, host)


def llvm_texts(mod: tvm.IRModule, target: Target) -> dict[Form, str]:
    """Let LLVM compile a lowered module and return what it says of it, by form."""
    with source_only():
        built = codegen_build(mod, target)
    return {"ir": str(built.inspect_source("ll")), "assembly": str(built.inspect_source("asm"))}


def _remarks(lowered: Lowered) -> Iterator[Problem]:
    if lowered.named:
        yield Problem(
            code="private",
            severity="info",
            message=f"Private functions are built as public ones: {', '.join(lowered.named)}.",
            hint="TVM builds no function without a global_symbol; each was given its name.",
        )
    if lowered.schedule is not None:
        pairs = zip(lowered.schedule.functions, lowered.schedule.rules, strict=True)
        done = ", ".join(f"{name} by {rule}" for name, rule in pairs)
        yield Problem(
            code="scheduled",
            severity="info",
            message=f"No loop was bound to GPU threads; TVM's default schedule did it: {done}.",
            hint="The schedule is shown beside the source; your own program is unchanged.",
        )


@contextmanager
def source_only() -> Iterator[None]:
    """Keep TVM's device codegens from calling nvcc or NVRTC; they hand out their text alone."""
    name = "TVM_COMPILE_FORCE_FALLBACK"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
