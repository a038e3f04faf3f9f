"""Let a target's codegens of 2024 write the source text of a lowered module, one for each side.

A CUDA build would call ``nvcc``: here the text alone is asked for, and nothing is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import tvm
from tvm.target import Target

from viz.errors import TVM_ERRORS
from viz.legacy.passes.lowering_error import lowering_error
from viz.legacy.passes.pipeline import LegacyLowered
from viz.locale.translator import marked
from viz.messages import message_of
from viz.model import Emission, Problem, Source
from viz.targets.rows import row_of

LLVM_FORMS = {"ir": ("LLVM IR", "llvm", "ll"), "assembly": ("Assembly", "asm", "asm")}
"""The forms of LLVM's text: title, language, and what TVM calls it."""

COMPILERS = ("tvm_callback_cuda_compile", "tvm_callback_metal_compile")
"""Global functions of TVM's that turn the text of kernels into a binary."""

_BUILD = tvm.get_global_func("target.Build")


class LegacyWriting(NamedTuple):
    """A text, the module it was written of, and the codegen, to be asked again."""

    emission: Emission
    mod: tvm.IRModule
    target: Target


def write_only() -> None:
    """Keep device codegens from compiling what they write, for the rest of the process."""
    for name in COMPILERS:
        tvm.register_func(name, _same, override=True)


def _same(code: Any, *_: Any) -> Any:
    return code


def write(mod: tvm.IRModule, target: Target, form: str = "") -> str:
    """Let a target's codegen write a lowered module; no compiler and no GPU is used."""
    write_only()
    built = _BUILD(mod, target)
    return str(built.get_source(form) if form else built.get_source())


def writings(lowered: LegacyLowered) -> list[LegacyWriting]:
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


def _device_writings(lowered: LegacyLowered) -> Iterator[LegacyWriting]:
    if not len(lowered.device.functions):
        return
    row = row_of(lowered.name)
    text = write(lowered.device, lowered.target)
    emission = Emission(part="device", title=row.device_title, language=row.language, text=text)
    yield LegacyWriting(emission, lowered.device, lowered.target)


def _host_writings(lowered: LegacyLowered) -> Iterator[LegacyWriting]:
    row = row_of(lowered.name)
    host = lowered.host_target()
    if str(host.kind.name) != "llvm":
        title = marked("Host code (C)") if row.gpu else row.title
        text = write(lowered.host, host)
        emission = Emission(part="host", title=title, language="c", text=text)
        yield LegacyWriting(emission, lowered.host, host)
        return
    for form, text in llvm_texts(lowered.host, host).items():
        title, language, _ = LLVM_FORMS[form]
        emission = Emission(part="host", title=title, language=language, text=text)
        yield LegacyWriting(msgspec.structs.replace(emission, form=form), lowered.host, host)


def llvm_texts(mod: tvm.IRModule, target: Target) -> dict[str, str]:
    """Let LLVM compile a lowered module and return what it says of it, by form."""
    built = _BUILD(mod, target)
    return {form: str(built.get_source(name)) for form, (_, _, name) in LLVM_FORMS.items()}


def source(lowered: LegacyLowered, emissions: tuple[Emission, ...]) -> Source:
    """Return the Source of these emissions."""
    return Source(
        target=lowered.name,
        emissions=emissions,
        schedule=lowered.schedule,
        problems=tuple(_remarks(lowered)),
        target_text=str(lowered.target),
    )


def emit(lowered: LegacyLowered) -> Source:
    """Let the codegens write the texts of a lowered module.

    Raises
    ------
    LoweringError
        When a codegen throws.
    """
    return source(lowered, tuple(writing.emission for writing in writings(lowered)))


def with_script(found: Source, lowered: LegacyLowered) -> Source:
    """Return a Source with what its schedule left, if it has one, as TVM prints it."""
    if found.schedule is None:
        return found
    script = str(lowered.scheduled.script())
    schedule = msgspec.structs.replace(found.schedule, script=script)
    return msgspec.structs.replace(found, schedule=schedule)


def _remarks(lowered: LegacyLowered) -> Iterator[Problem]:
    if lowered.named:
        what = message_of("private-functions", names=lowered.named)
        yield Problem(code="private", severity="info", what=what)
    if lowered.schedule is not None:
        pairs = zip(lowered.schedule.functions, lowered.schedule.rules, strict=True)
        done = tuple(message_of("scheduled-by", function=name, rule=rule) for name, rule in pairs)
        what = message_of("default-schedule", done=done)
        yield Problem(code="scheduled", severity="info", what=what)
