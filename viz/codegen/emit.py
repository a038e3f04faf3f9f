"""Let a target's codegens write the source text of a lowered module, one text for each side.

A test holds the texts against those of ``tvm.compile``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec
import tvm
from tvm.target import Target
from tvm.tirx.build import codegen_build

from viz.codegen import source_process
from viz.codegen.scalable_vectors import takes_vectors_of
from viz.errors import TVM_ERRORS
from viz.ir.process_state import source_only
from viz.locale.translator import marked
from viz.messages import message_of
from viz.model import Emission, Problem, Source, catalog
from viz.passes.function_roles import is_gpu
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import Lowered
from viz.targets.rows import row_of

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
    """Let a target's codegen write a lowered module; no compiler and no GPU is used."""
    if source_process.is_needed(target):
        return source_process.write(mod, target, form)
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
    except TVM_ERRORS as error:
        raise lowering_error(error, lowered.name, lowered.scheduled) from error


def _device_writings(lowered: Lowered) -> Iterator[Writing]:
    for target, device in lowered.devices.items():
        title, language = _device_title(lowered.name, target)
        emission = Emission(
            part="device", title=title, language=language, text=write(device, target)
        )
        yield Writing(emission, device, target)


def _device_title(name: str, target: Target) -> tuple[str, str]:
    """Return the title and the language of the kernels for a target, which may be a function's."""
    kind = str(target.kind.name)
    chosen = row_of(name)
    if chosen.kind == kind:
        return chosen.device_title, chosen.language
    rows = (row for row in catalog.targets().values() if row.kind == kind)
    row = next(rows, None)
    return (row.device_title, row.language) if row else (f"{kind} kernels", "c")


def _host_writings(lowered: Lowered) -> Iterator[Writing]:
    row = row_of(lowered.name)
    host = lowered.target.host if row.gpu else lowered.target
    if host.kind.name != "llvm":
        title = marked("Host code (C)") if row.gpu else row.title
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
    """Let LLVM compile a lowered module and return what it says of it, by form.

    LLVM ends the process when it is to write the assembly of scalable vectors for a processor that
    has none: there the IR is all.
    """
    built = codegen_build(mod, target)
    texts: dict[Form, str] = {"ir": str(built.inspect_source("ll"))}
    if takes_vectors_of(mod, target):
        texts["assembly"] = str(built.inspect_source("asm"))
    return texts


def _remarks(lowered: Lowered) -> Iterator[Problem]:
    if lowered.named:
        yield Problem(
            code="private",
            severity="info",
            what=message_of("private-functions", names=lowered.named),
        )
    yield from _own_targets(lowered)
    if not takes_vectors_of(lowered.host, lowered.target):
        what = message_of("no-scalable-vectors")
        yield Problem(code="no-assembly", severity="info", what=what)
    if lowered.schedule is not None:
        pairs = zip(lowered.schedule.functions, lowered.schedule.rules, strict=True)
        done = tuple(message_of("scheduled-by", function=name, rule=rule) for name, rule in pairs)
        yield Problem(
            code="scheduled",
            severity="info",
            what=message_of("default-schedule", done=done),
        )


def _own_targets(lowered: Lowered) -> Iterator[Problem]:
    """Yield what the targets mean that stand in the program's own functions."""
    title = row_of(lowered.name).title
    for name, target in lowered.own_targets.items():
        if is_gpu(target):
            id_ = "own-gpu-target"
        else:
            id_ = "own-cpu-target" if row_of(lowered.name).gpu else "own-target"
        what = message_of(id_, function=name, target=_short(target), title=title)
        yield Problem(code="own-target", severity="info", what=what)


def _short(target: Target) -> str:
    arch = target.attrs.get("arch", "")
    return f"{target.kind.name} ({arch})" if arch else str(target.kind.name)
