"""Make TVM's Target and PassContext of a target's name and the user's options."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import tvm
from tvm.target import Target

from viz.errors import TVM_ERRORS, RequestError
from viz.messages import message_of
from viz.model import Options, Scalar
from viz.targets.option_errors import attribute_error, require_attributes, setting_error
from viz.targets.rows import row_of


def target_of(name: str, options: Options = Options(), host: str = "") -> Target:
    """Return TVM's target for one of our names, with the user's options and the host part.

    Raises
    ------
    RequestError
        When the target is unknown, or TVM refuses an option.
    """
    row = row_of(name)
    attributes: dict[str, Any] = {"kind": row.kind, **row.attributes}
    require_attributes(row.title, options.attributes)
    if options.arch and not row.arch:
        raise RequestError(message_of("no-arch-to-choose", title=row.title))
    if arch := options.arch or _named_arch(row.arch, options.attributes):
        known = row.architectures or _processors()
        if arch not in known:
            raise RequestError(
                message_of(
                    "unknown-arch",
                    title=row.title,
                    arch=arch,
                    known=_like(arch, known),
                )
            )
        attributes[row.arch] = arch
    attributes |= {key: _json_value(value) for key, value in options.attributes.items()}
    try:
        target = Target(attributes)
        return (
            target.with_host(Target({"kind": host or row.host or row.kind})) if row.gpu else target
        )
    except TVM_ERRORS as error:
        raise attribute_error(row.title, attributes, str(error)) from None


def _named_arch(name: str, attributes: Mapping[str, Scalar]) -> str:
    """Return the architecture that an attribute chooses; empty where none does."""
    value = attributes.get(name, "") if name else ""
    return value if isinstance(value, str) else ""


@cache
def _processors() -> tuple[str, ...]:
    """Return the names of the CPUs that LLVM knows for this machine's kind."""
    names = tvm.get_global_func("target.llvm_get_cpu_archlist")(Target("llvm"))
    return ("native", *map(str, names))


def _like(arch: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return some architectures, those first whose names are like one."""
    close = difflib.get_close_matches(arch, known, 4)
    return tuple(close or (*known[:2], *known[-2:]))


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
    config: Mapping[str, Scalar],
    instruments: list[Any] | None = None,
    disabled: Sequence[str] = (),
) -> Iterator[None]:
    """Enter a PassContext with the user's configuration, where some passes do not run.

    Raises
    ------
    RequestError
        When TVM knows no such key, or wants another type of value.
    """
    try:
        context = tvm.transform.PassContext(
            config=dict(config), instruments=instruments, disabled_pass=list(disabled)
        )
    except TVM_ERRORS as error:
        raise setting_error(config, str(error)) from None
    with context:
        yield
