"""Serve static files under addresses that change with their content, compressed once.

Below ``/workbench/<version>/`` stand our own files: the workbench's modules joined into one, since
two hundred requests cost a browser more than what they bring, its style and its data. Below
``/monaco/<version>/`` stands the editor of the ``rocher`` wheel. A browser may keep them for ever:
another version has another address.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from functools import cache
from importlib.metadata import version as version_of
from importlib.resources import files
from pathlib import Path

import msgspec
import rocher  # type: ignore[import-untyped]
import streamlit as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from viz.frontend.examples import gallery
from viz.locale.translator import Translator, words_of
from viz.messages import LANGUAGES
from viz.model import catalog
from viz.model.catalog import schedule_methods
from viz.render import graph, markup, web
from viz.render.report.bundle import joined
from viz.step.rule_texts import rule_texts
from viz.ui.workbench import lessons, schedules
from viz.ui.workbench.costs.cost_frames import cost_texts
from viz.ui.workbench.schedules import method_texts
from viz.ui.workspace import offered_targets

MONACO = Path(rocher.path())
"""The folder ``vs`` of the editor."""

_PACKAGE = Path(__file__).parents[2]
_STYLES = (
    "workbench.css",
    "welcome.css",
    "step.css",
    "checks.css",
    "recorded.css",
    "pictures.css",
    "schedule.css",
    "cost.css",
    "model.css",
    "compare.css",
    "learn.css",
    "classroom.css",
    "exercises.css",
    "presentation.css",
    "phone.css",
    "embed.css",
    "print.css",
)
MODULE = "ui/workbench/scripts/main.js"
"""The module that a component loads, below the package; it imports all others."""

LOADER = f"""export default function (component) {{
  const {{root, version}} = component.data
  const address = new URL(`${{root}}/workbench/${{version}}/{MODULE}`, location.origin).href
  import(address).then(module => module.show(component))
}}
"""
"""All of a component's script that stands in the page: it loads the module and calls its ``show``.

The component's data must have what :func:`address` returns.
"""
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".ttf": "font/ttf"}
_COMPRESSED = {".js", ".css", ".json"}


@cache
def own() -> dict[str, bytes]:
    """Return our files by path: the module, the style, what never changes while the server runs."""
    return {
        MODULE: joined(_PACKAGE / MODULE).encode(),
        "workbench.css": _style().encode(),
        **{
            f"catalog.{language}.json": _json(_catalog(Translator(language)))
            for language in LANGUAGES
        },
        **{f"lessons.{language}.json": _json(lessons.shown(language)) for language in LANGUAGES},
        "words.zh.json": _json(words_of(("viz/ui/", "viz/render/"))),
    }


def address() -> dict[str, str]:
    """Return where our files stand, for the data of a component."""
    return {"root": root(), "version": version()}


@cache
def version() -> str:
    """Return what changes when one of our files does."""
    digest = hashlib.sha256()
    for name, content in own().items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:16]


def root() -> str:
    """Return what stands before the addresses of a server that has a base path, else nothing."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""


@cache
def monaco_version() -> str:
    """Return the version of the editor."""
    return version_of("rocher")


def _style() -> str:
    """Return the style; all of it stands inside ``.workbench``, apart from Streamlit's own."""
    own = (files(__package__).joinpath(name) for name in _STYLES)
    text = "".join(style.read_text(encoding="utf-8") for style in own)
    code = f"{markup.css('light')}&.dark{{{markup.css('dark')}}}"
    trees = "".join(graph.style(theme) for theme in ("light", "dark"))
    return (
        f".workbench{{{web.read('colours.css')}}}"
        f".workbench{{{code}{trees}{web.read('panes.css')}}}{text}"
    )


def _json(data: object) -> bytes:
    return msgspec.json.encode(data)


def _catalog(_: Translator) -> dict[str, object]:
    """Return what the toolbar and the editor choose from, in a language."""
    return {
        "examples": [
            {
                "name": name,
                "title": _(example.title),
                "description": _(example.description),
                "text": example.text,
                "targets": example.targets,
                "wrong": example.wrong,
            }
            for name, example in gallery().items()
        ],
        "targets": [
            {"name": name, "title": row.title, "gpu": row.gpu, "description": _.of(row)}
            for name in offered_targets()
            if (row := catalog.target(name)) is not None
        ],
        "members": [
            (name, parameters, _(explanation) if explanation else "")
            for name, parameters, explanation in catalog.signatures()
            if not name.startswith("Schedule.")
        ],
        "passes": {
            name: {"title": _(row.title), "short": _.of(row.short), "words": _.of(row)}
            for name, row in schedule_methods.steps_of_builds().items()
        },
        "rules": rule_texts(),
        "methods": method_texts(_.language),
        "tuning": schedules.may_tune(),
        "cost": cost_texts(_.language),
    }


# ---------------------------------------------------------------- answering


async def own_file(request: Request) -> Response:
    """Answer with one of our files."""
    name = request.path_params["name"]
    if request.path_params["version"] != version() or name not in own():
        raise HTTPException(404)
    return _answer(request, name, _own_bytes)


async def monaco_file(request: Request) -> Response:
    """Answer with a file of the editor."""
    name = request.path_params["name"]
    if request.path_params["version"] != monaco_version() or name not in _monaco_names():
        raise HTTPException(404)
    return _answer(request, name, _monaco_bytes)


@cache
def _own_bytes(name: str, compressed: bool) -> bytes:
    return gzip.compress(own()[name], 6, mtime=0) if compressed else own()[name]


@cache
def _monaco_bytes(name: str, compressed: bool) -> bytes:
    content = (MONACO / name).read_bytes()
    return gzip.compress(content, 6, mtime=0) if compressed else content


@cache
def _monaco_names() -> frozenset[str]:
    # What is in this set was listed here: no address leads out of the folder.
    return frozenset(
        path.relative_to(MONACO).as_posix() for path in MONACO.rglob("*") if path.is_file()
    )


def _answer(request: Request, name: str, content: Callable[[str, bool], bytes]) -> Response:
    suffix = Path(name).suffix
    media = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"cache-control": _FOREVER, "x-content-type-options": "nosniff"}
    accepted = request.headers.get("accept-encoding", "")
    compressed = suffix in _COMPRESSED and "gzip" in accepted
    if compressed:
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    return Response(content(name, compressed), media_type=media, headers=headers)
