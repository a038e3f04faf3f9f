"""What the user set, and the same as text for a URL."""

from __future__ import annotations

import base64
import zlib
from typing import Annotated

import msgspec

from viz.errors import VizError
from viz.frontend.examples import Example, examples
from viz.frontend.program import read
from viz.model import Options, Part, Plain, Request, Scalar, StageName, catalog

MOST_URL_CHARACTERS = 6000
"""Longer programs stay out of the URL: some servers refuse longer ones."""


MOST_DEPTH = 60


class Workspace(Plain, frozen=True):
    """Everything a page shows follows from this.

    It survives changing the page and fits in a URL.
    """

    example: str = "add_one"
    text: str = ""
    targets: tuple[str, ...] = ("c", "cuda")
    definition: str = ""
    function: str = ""
    arguments: dict[str, Scalar] = {}
    options: Options = Options()
    stage: StageName = "input"
    depth: Annotated[int, msgspec.Meta(ge=0, le=MOST_DEPTH)] = 0
    types: bool = False
    unfolded: tuple[str, ...] = ()
    """Nodes of the drawn tree, by their path: so an edit elsewhere leaves them as they are."""
    folded: tuple[str, ...] = ()

    @property
    def shipped(self) -> Example | None:
        """The example whose text this is; None once the user has changed it."""
        found = examples().get(self.example)
        return found if found is not None and found.text == self.text else None

    def request(self, part: Part, target: str = "c") -> Request:
        """Return the request for a part of what is on the page."""
        options = self.options
        row = catalog.targets()[target]
        if not (row.gpu and row.arch):
            # The page's one field for it speaks of GPUs; LLVM's is an attribute like any other.
            options = msgspec.structs.replace(options, arch="")
        return Request(
            text=self.text,
            definition=self.definition,
            function=self.function,
            arguments=self.arguments,
            target=target,
            options=options,
            part=part,
        )


def tidied(space: Workspace) -> Workspace:
    """Return a workspace whose choices name something in its text, as far as that can be read."""
    try:
        found = {definition.name for definition in read(space.text).definitions}
    except VizError:
        return space  # half-typed: keep what was chosen
    if not space.definition or space.definition in found:
        return space
    return msgspec.structs.replace(space, definition="", function="", arguments={})


def to_query(space: Workspace) -> str:
    """Return a workspace as text for a URL; the text of an unchanged example is left out of it.

    Returns an empty string where the program is too long for a URL.
    """
    if space.shipped is not None:
        space = msgspec.structs.replace(space, text="")
    packed = (
        base64.urlsafe_b64encode(zlib.compress(msgspec.json.encode(space), 9)).decode().rstrip("=")
    )
    return packed if len(packed) <= MOST_URL_CHARACTERS else ""


def from_query(query: str) -> Workspace:
    """Return the workspace of a URL; a damaged or missing one gives the first example."""
    try:
        packed = base64.urlsafe_b64decode(query + "=" * (-len(query) % 4))
        # A few hundred bytes can unpack to gigabytes: take no more than a program's worth.
        space = msgspec.json.decode(
            zlib.decompressobj().decompress(packed, 1 << 20), type=Workspace
        )
    except (ValueError, zlib.error, msgspec.MsgspecError):
        space = Workspace()
    usable = (name for name, row in catalog.targets().items() if not row.unavailable)
    space = msgspec.structs.replace(
        space, targets=tuple(name for name in usable if name in space.targets)
    )
    if space.text or space.example not in examples():
        return space
    return msgspec.structs.replace(space, text=examples()[space.example].text)
