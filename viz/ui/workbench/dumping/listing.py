"""Answer the question which stages some files are: a folder's, an archive's, or chosen ones."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from viz.dumps.files import MOST_FILES
from viz.dumps.reading import open_dump
from viz.messages import Language
from viz.model import Dump, Plain


class DumpQuestion(Plain, frozen=True):
    """The files of a dump by their paths; an archive alone is opened."""

    files: Annotated[dict[str, bytes], msgspec.Meta(min_length=1, max_length=MOST_FILES)]


def listed(question: DumpQuestion, language: Language) -> dict[str, Any]:
    """Return the frame of a dump: its stages with their texts, and the files that are none.

    Raises
    ------
    SourceError
        When no file is a stage, or an archive cannot be read.
    """
    return packed(open_dump(question.files), language)


def packed(dump: Dump, language: Language) -> dict[str, Any]:
    """Return a dump as the page keeps it."""
    return {
        "kind": "dump",
        "name": dump.name,
        "stages": [
            {
                "title": stage.title,
                "name": stage.name,
                "label": stage.label,
                "pass": stage.pass_name,
                "source": stage.kind == "source",
                "functions": stage.functions,
                "changed": stage.changed,
                "text": stage.text,
            }
            for stage in dump.stages
        ],
        "leftOut": [[file.name, file.text(language)] for file in dump.left_out],
    }
