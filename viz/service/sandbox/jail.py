"""Restrict a process for good, layer by layer, and tell which layers hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from viz.messages import Message, message_of, verbatim
from viz.service.sandbox import identity, landlock, rlimits, seccomp
from viz.service.sandbox.landlock import Grants
from viz.service.sandbox.profiles import PROFILES, Profile

UNJAILED = "TIRSCOPE_UNJAILED"
"""The variable by which the owner lets programs run although a layer is missing, when it is 1.

``--unsafe-run`` on a command line sets it for the worker processes.
"""

LAYERS = ("limits", "network", "identity", "privileges", "landlock", "seccomp")
"""The names of the layers, in the order in which they are shown."""


class Layer(NamedTuple):
    """Whether a layer holds, and what it does, or why it does not hold."""

    name: str
    on: bool
    reason: Message


def restrict(
    profile: Profile, grants: Grants, user: int | None, outer: tuple[Layer, ...] = ()
) -> tuple[Layer, ...]:
    """Restrict this process for good, as far as its kernel lets it.

    Parameters
    ----------
    user
        The user number to change to from root, see
        :func:`viz.service.sandbox.identity.user_of`; None to keep the present one.
    outer
        The layers that hold already, inherited.

    Returns
    -------
    Each layer's state; a missing one raises nothing (see :func:`lacking`).
    """
    if profile.calls == "any":
        return outer
    layers = [*outer]

    def attempt(name: str, layer: Callable[[], Message]) -> bool:
        layers.append(tried(name, layer))
        return layers[-1].on

    # A layer that needs a system call comes before the layer that takes it away.
    attempt("limits", lambda: rlimits.restrict(profile))
    attempt("identity", lambda: identity.restrict(user))
    attempt("privileges", identity.no_new_privileges)
    files = attempt("landlock", lambda: landlock.restrict(grants))
    # Without Landlock one file cannot be told from another: then none may be opened.
    closed = not files and profile.calls == "library" and not _is_overridden()
    calls = "closed" if closed else profile.calls
    attempt("seccomp", lambda: seccomp.restrict(calls, os.getpid()))
    return tuple(layers)


def tried(name: str, layer: Callable[[], Message]) -> Layer:
    """Set up one layer and return its state."""
    try:
        return Layer(name, True, layer())
    except OSError as error:
        told = error.args[0] if error.args else ""
        reason = told if isinstance(told, Message) else verbatim(error.strerror or str(error))
        return Layer(name, False, reason)


def lacking(profile: Profile, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return the layers that a profile needs and that do not hold; none if overridden."""
    if _is_overridden():
        return ()
    return tuple(layer for layer in layers if layer.name in profile.needs and not layer.on)


def _is_overridden() -> bool:
    return os.environ.get(UNJAILED) == "1"


def probe(outer: tuple[Layer, ...] = ()) -> tuple[Layer, ...]:
    """Try the layers in a fork of this process and return their states.

    Parameters
    ----------
    outer
        The layers that this process has and a worker inherits.
    """
    if not hasattr(os, "fork"):
        return tuple(Layer(name, False, message_of("layer-absent")) for name in LAYERS)
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            layers = restrict(PROFILES["run-library"], Grants(), identity.user_of(0), outer)
            os.write(write_end, msgspec.json.encode(layers))
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        report = stream.read()
    os.waitpid(pid, 0)
    tried_layers = msgspec.json.decode(report or b"[]", type=list[Layer])
    known = {layer.name for layer in tried_layers}
    untried = [
        Layer(name, False, message_of("layer-untried")) for name in LAYERS if name not in known
    ]
    return tuple(sorted([*tried_layers, *untried], key=lambda layer: LAYERS.index(layer.name)))
