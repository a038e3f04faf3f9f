"""Write a module that TVM imported from a model of ONNX as a text that TVM's parser reads."""

from __future__ import annotations

from typing import NamedTuple

from viz.frontend.models.origins import with_origins
from viz.frontend.readable import MOST_CHARACTERS
from viz.ir.onnx.graph import refusal
from viz.ir.onnx.importer import Imported
from viz.ir.relax.constants import without_arrays
from viz.ir.relax.printing import UNPRINTED, printed


class ModelText(NamedTuple):
    """A text, and how many constants of the model became parameters."""

    text: str
    lifted: int


def written(model: Imported) -> ModelText:
    """Return the text of a module, with a comment above what was made from a node of the model.

    Raises
    ------
    SourceError
        When it is too long, or has something that no text can have.
    """
    mod, lifted = without_arrays(model.mod, written_out=True)
    head = f"# Constants of the model that are inputs here: {', '.join(lifted)}.\n\n"
    text = ""
    for typed in (True, False):
        for wrapped in (True, False):
            text = printed(mod, typed=typed, wrapped=wrapped)
            if not text.isascii() or UNPRINTED in text:
                raise refusal("onnx-not-printed")
            text = (head if lifted else "") + with_origins(text, {"main": model.parts})
            if len(text) <= MOST_CHARACTERS:
                return ModelText(text, len(lifted))
    raise refusal("onnx-text-too-long", count=len(text), most=MOST_CHARACTERS)
