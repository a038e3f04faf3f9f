"""Name the forms that lessons can be exported as."""

from __future__ import annotations

from typing import Literal, get_args

ExportForm = Literal["page", "pytest", "notebook"]
EXPORT_FORMS: tuple[str, ...] = get_args(ExportForm)
