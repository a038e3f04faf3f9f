"""Write lessons to files of a form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from viz.learn.export.checked import CheckedLesson
from viz.learn.export.forms import ExportForm
from viz.learn.export.notebook import notebook
from viz.learn.export.page import page
from viz.learn.export.tests_folder import tests
from viz.messages import Language


def write(
    lessons: Sequence[CheckedLesson], form: ExportForm, out: Path, language: Language
) -> list[Path]:
    """Write lessons and return the files: one for a page or a notebook, a folder for pytest.

    Raises
    ------
    OSError
        When a file cannot be written.
    """
    plain = [lesson for lesson, _evidence in lessons]
    if form == "pytest":
        files = {out / name: text for name, text in tests(plain, language).items()}
    elif form == "notebook":
        files = {out: notebook(plain, language)}
    else:
        files = {out: page(lessons, language)}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [*files]
