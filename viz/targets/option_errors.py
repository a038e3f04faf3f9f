"""Explain why TVM does not take an attribute of a target or a setting of the passes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from viz.errors import RequestError
from viz.messages import Message, message_of
from viz.model import Scalar

_NO_ATTRIBUTE = re.compile(
    r"(?:Unknown config option|Cannot recognize) '(?P<name>[^']*)'\. "
    r"(?:Known options|Candidates are): (?P<known>.*?)\."
)
_ATTRIBUTE_KIND = re.compile(
    r"Option '(?P<name>[^']*)': expected type '(?P<wanted>[^']*)'"
    r"|target\[\"(?P<older>[^\"]*)\"\]: Expects type \"(?P<type>[^\"]*)\""
)
_NO_SETTING = re.compile(r"Invalid config option '(?P<name>[^']*)' candidates are:(?P<known>.*)")
_SETTING_KIND = re.compile(r"[Ee]xpect config (?P<name>\S+) to have type (?P<wanted>[^, ]+)")

KINDS = {
    "int": "kind-integer",
    "float": "kind-number",
    "bool": "kind-switch",
    "str": "kind-word",
    "Array<str>": "kind-words",
    "Integer": "kind-integer",
    "Bool": "kind-switch",
    "runtime.String": "kind-word",
    "Array": "kind-words",
}
"""The words for TVM's types of attributes and settings, those of 2024 among them."""

POSITIVE = re.compile(
    r"max_\w+|thread_warp_size|registers_per_block|\w+_size_bytes|num-cores|vector-width"
)
"""Attributes that TVM calculates with, and takes whatever they are."""

MOST_KNOWN = 12
"""Names that a hint lists."""


def require_attributes(title: Message | str, attributes: Mapping[str, Scalar]) -> None:
    """Refuse attributes that TVM takes, and then makes nonsense of.

    Raises
    ------
    RequestError
        For another kind of target, and for sizes below 1.
    """
    if "kind" in attributes:
        raise RequestError(message_of("attribute-is-target", title=title))
    for name, value in attributes.items():
        if isinstance(value, int) and value < 1 and POSITIVE.fullmatch(name):
            raise RequestError(message_of("attribute-not-positive", name=name, value=value))


def attribute_error(
    title: Message | str, attributes: Mapping[str, Scalar], reason: str
) -> RequestError:
    """Return an error for a target that TVM refuses.

    Parameters
    ----------
    attributes
        All that TVM was given.
    reason
        What TVM says.
    """
    if match := _NO_ATTRIBUTE.search(reason):
        known = re.findall(r"[\w.-]+", match["known"])
        what = message_of("no-attribute", title=title, name=match["name"])
        return RequestError(what, hint=_which(match["name"], known, "attributes-are"))
    match = _ATTRIBUTE_KIND.search(reason)
    wanted = match and (match["wanted"] or match["type"])
    if match and wanted in KINDS:
        name = match["name"] or match["older"]
        what = message_of("attribute-kind", title=title, name=name, value=str(attributes.get(name)))
        return RequestError(what, hint=message_of("it-must-be", kind=_kind(wanted)))
    last = (reason.strip().splitlines() or ["no reason given"])[-1]
    return RequestError(
        message_of("target-refused", title=title, why=last, attributes=str(dict(attributes)))
    )


def setting_error(config: Mapping[str, Scalar], reason: str) -> RequestError:
    """Return an error for a configuration of the passes that TVM refuses."""
    if match := _NO_SETTING.search(reason):
        known = match["known"].replace(",", " ").split()
        what = message_of("no-setting", name=match["name"])
        return RequestError(what, hint=_which(match["name"], known, "settings-are"))
    if match := _SETTING_KIND.search(reason):
        name, wanted = match["name"], match["wanted"]
        if wanted not in KINDS:
            return RequestError(message_of("setting-of-several", name=name))
        what = message_of("setting-kind", name=name, value=str(config.get(name)))
        return RequestError(what, hint=message_of("it-must-be", kind=_kind(wanted)))
    last = (reason.strip().splitlines() or ["no reason given"])[-1]
    return RequestError(message_of("config-refused", why=last, known=COMMON))


COMMON = ("tirx.disable_vectorize", "tirx.disable_cse_tir", "tirx.disable_storage_rewrite")
"""Settings that show something, which a hint names first."""


def _which(name: str, known: list[str], list_id: str) -> Message:
    """Return the known names that are like one, else some of them."""
    parts = {each.rpartition(".")[2]: each for each in known}
    near = difflib.get_close_matches(name.rpartition(".")[2], parts, 3, 0.6)
    if near:
        return message_of("did-you-mean", names=tuple(parts[each] for each in near))
    first = [each for each in COMMON if each in known]
    shown = [*first, *(each for each in known if each not in first)][:MOST_KNOWN]
    return message_of(list_id, known=tuple(shown))


def _kind(wanted: str) -> Message:
    return message_of(KINDS[wanted])
