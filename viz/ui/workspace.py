"""The workspace: the program and the choices that a page shows, and its encoding in a URL."""

from __future__ import annotations

import base64
import zlib
from typing import Annotated, Literal

import msgspec

from viz.errors import VizError
from viz.frontend.examples import Example, gallery
from viz.frontend.program import read
from viz.model import (
    LEGACY,
    PYTHON,
    Options,
    OverviewPart,
    Part,
    Plain,
    Request,
    Scalar,
    StageName,
    catalog,
)
from viz.service.client.engines import has_both

MOST_URL_CHARACTERS = 8000
"""Longer workspaces stay out of the URL: some servers refuse longer ones."""

MOST_DEPTH = 60
"""The most levels of the drawn tree that can be asked for."""


class Against(Plain, frozen=True):
    """What the workspace's program is compared with, and whether that is looked at."""

    shown: bool = False
    example: str = ""
    """Name of an example that stands on the other side, where there is no ``text``."""
    text: str = ""
    """The text on the other side; if that is empty too, the same one."""
    definition: str = ""
    """A definition of the other side's text."""
    own: str = ""
    """The target of the workspace's side; empty for the one that is looked at."""
    target: str = ""
    """The target of the other side; empty for that of the workspace's."""
    scheduled: bool = True
    """Whether the schedule counts that stands in the other side's text."""
    steps: str = ""
    """Steps of a schedule for the other side, which count instead of those in its text."""
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 0
    """Seed of the random inputs that both run on."""
    sizes: dict[str, Annotated[int, msgspec.Meta(ge=1)]] = {}
    """Values of the variables in the buffers' shapes, of both sides."""
    layers: tuple[Literal["text", "tree", "lowered", "source"], ...] = ("text", "source")
    """What is shown of both sides: ``tree`` of the programs, ``lowered`` of what they become."""


class Workspace(Plain, frozen=True):
    """The program and all choices from which the pages are drawn.

    It is kept from page to page and encoded in the URL.
    """

    example: str = "vector_add"
    text: str = ""
    targets: tuple[str, ...] = ("c", "cuda")
    definition: str = ""
    function: str = ""
    arguments: dict[str, Scalar] = {}
    options: Options = Options()
    focused: str = ""
    """The target whose stages are looked at; empty for the first one that has some."""
    stage: StageName = "input"
    """The stage of the focused target's build that is drawn."""
    view: Literal["tree", "outline", "script", "diff"] = "tree"
    """How the stage is shown."""
    depth: Annotated[int, msgspec.Meta(ge=0, le=MOST_DEPTH)] = 0
    """Levels of the drawn tree below its root; 0 for as many as fit."""
    types: bool = False
    """Whether the drawn tree has type nodes."""
    unfolded: tuple[str, ...] = ()
    """Nodes of the drawn tree, by path, which an edit elsewhere in the text does not change."""
    folded: tuple[str, ...] = ()
    against: Against = Against()

    @property
    def shipped(self) -> Example | None:
        """The example whose text this is; None once the user has changed it."""
        example = gallery().get(self.example)
        return example if example is not None and example.text == self.text else None

    def request(self, part: Part, target: str = "c") -> Request:
        """Return the request for a part, for a target whose name may have an engine."""
        options = self.options
        name, engine = catalog.target_and_engine(target)
        row = catalog.targets()[name]
        if not (row.gpu and row.arch):
            # The page's field for the architecture is for GPUs; LLVM's is one of the attributes.
            options = msgspec.structs.replace(options, arch="")
        # What a text holds is the same whatever is chosen of it.
        is_about_all = isinstance(part, OverviewPart) and not part.passes
        return Request(
            text=self.text,
            definition=self.definition,
            function="" if is_about_all else self.function,
            arguments=self.arguments,
            target=name,
            options=options,
            part=part,
            engine=engine,
        )


def offered_targets() -> list[str]:
    """Return the targets that can be shown here: with a second engine those of both, by name."""
    usable = {name: row for name, row in catalog.targets().items() if not row.unavailable}
    lowered = [name for name, row in usable.items() if row.has_pipeline and has_both()]
    return [*usable, *(f"{name}{catalog.ENGINE_SIGN}{LEGACY}" for name in lowered)]


def normalised(workspace: Workspace) -> Workspace:
    """Return a workspace without a definition and arguments that its text does not have.

    A text that cannot be read keeps its choices: it may be half-typed.
    """
    try:
        program = read(workspace.text)
    except VizError:
        return workspace
    if workspace.definition not in ("", *(each.name for each in program.definitions)):
        workspace = msgspec.structs.replace(workspace, definition="", function="", arguments={})
    known = {argument.name for argument in program.definition(workspace.definition).arguments}
    arguments = {name: value for name, value in workspace.arguments.items() if name in known}
    return msgspec.structs.replace(workspace, arguments=arguments)


def to_query(workspace: Workspace) -> str:
    """Return a workspace encoded for a URL: JSON, compressed by zlib, in URL-safe base64.

    The text of an unchanged example is left out. A workspace that is too long for a URL gives an
    empty string.
    """
    if workspace.shipped is not None:
        workspace = msgspec.structs.replace(workspace, text="")
    # With its targets also where they are the usual ones: the example may have others of its own.
    fields = msgspec.to_builtins(workspace) | {"targets": workspace.targets}
    compressed = zlib.compress(msgspec.json.encode(fields), 9)
    packed = base64.urlsafe_b64encode(compressed).decode().rstrip("=")
    return packed if len(packed) <= MOST_URL_CHARACTERS else ""


def from_query(query: str) -> Workspace:
    """Return the workspace encoded in a URL; the first example where it is damaged or missing.

    An example without targets in the URL is shown for its own.
    """
    try:
        packed = base64.urlsafe_b64decode(query + "=" * (-len(query) % 4))
        # A few hundred bytes can unpack to gigabytes: decompress no more than a program needs.
        unpacked = zlib.decompressobj().decompress(packed, 1 << 20)
        workspace = msgspec.json.decode(unpacked, type=Workspace)
        has_targets = "targets" in msgspec.json.decode(unpacked)
    except (ValueError, zlib.error, msgspec.MsgspecError):
        workspace, has_targets = Workspace(), False
    example = gallery().get(workspace.example)
    if example is not None and example.targets and not (has_targets or workspace.text):
        workspace = msgspec.structs.replace(workspace, targets=example.targets)
    targets = tuple(name for name in offered_targets() if name in workspace.targets)
    focused = workspace.focused if _may_focus(workspace.focused, targets) else ""
    workspace = msgspec.structs.replace(workspace, targets=targets, focused=focused)
    if workspace.text or example is None:
        return workspace
    return msgspec.structs.replace(workspace, text=example.text)


def _may_focus(target: str, shown: tuple[str, ...]) -> bool:
    """Whether the stages of a target may be looked at: Python alone has those of any other."""
    row = catalog.target(target)
    return row is not None and row.has_pipeline and (target in shown or shown == (PYTHON,))
