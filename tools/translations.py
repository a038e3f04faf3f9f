"""Bring the Chinese catalogue up to date with the texts in the code.

``python -m tools.translations`` collects the English texts of the page, the report, the command
line and the shipped programs, and writes them into ``viz/locale/zh_CN.po``: new ones without words,
those that are gone left out, the words of all others as they are. Then it lists what has no words.
"""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from tools.rooms import ROOT
from viz.frontend.examples import FOLDER, gallery
from viz.locale.translator import CATALOGUE
from viz.model import catalog

KEYWORDS = {"_": None, "marked": None, "plural": (1, 2)}
"""What is called with a text, and which of its arguments are texts, where it is not the first."""

_COMMENT = re.compile(r"/\*\*.*?\*/|(?<=\s)//[^\n]*", re.DOTALL)
_CALL = re.compile(r'\b(\w+)\((?=")')
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_OPTIONS = {"encoding": "utf-8"}
_WIDTH = 110

_HEADER = """\
msgid ""
msgstr ""
"Language: zh_CN\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

Call = tuple[int, str, list[str], list[str]]
"""The line of a call, the name of the function, its strings, and no comments: as Babel wants it."""

Text = str | tuple[str, str]
"""An English text, or the singular and the plural of one that changes with a number."""


@cache
def texts() -> tuple[tuple[str, Text], ...]:
    """Return the texts in the code, each with the path of its file below the checkout."""
    return tuple(_found())


def _found() -> Iterator[tuple[str, Text]]:
    folder = ROOT / "viz"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if method := METHODS.get(path.suffix):
            for text in called(path.read_bytes(), method):
                yield name, text
        elif path.suffix == ".html":
            for text in of_page(path.read_text(encoding="utf-8")):
                yield name, text
    for _, _, explanation in catalog.signatures():
        if explanation:
            yield "viz/model/catalog", explanation
    titles = [row.title for row in catalog.all_passes().values()]
    for title in (*titles, *(row.title for row in catalog.devices().values())):
        yield "viz/model/catalog", title
    for target in catalog.targets().values():
        if target.device_title:
            yield "viz/model/catalog", target.device_title
    for name, example in gallery().items():
        place = "examples/wrong" if example.wrong else FOLDER.name
        for text in (example.title, example.description):
            if text:
                yield f"{place}/{name}.py", text


def called(source: bytes, method: Any) -> Iterator[Text]:
    """Yield the texts that a module calls the functions of :data:`KEYWORDS` with."""
    for _, text, _, _ in extract(method, io.BytesIO(source), KEYWORDS, options=_OPTIONS):
        if isinstance(text, str):
            yield text
        elif all(text[:2]):
            yield text[0], text[1]


def script(file: BinaryIO, keywords: Any, tags: Any, options: Any) -> Iterator[Call]:
    """Yield the calls in a script with a text, for Babel, whose own way misses inner ones."""
    source = _COMMENT.sub("", file.read().decode())
    for call in _CALL.finditer(source):
        if call[1] in keywords:
            strings = []
            at = call.end()
            while match := _STRING.match(source, at):
                strings.append(json.loads(match[0]))
                comma = re.compile(r"\s*,\s*").match(source, match.end())
                at = comma.end() if comma else len(source)
            yield source.count("\n", 0, call.start()), call[1], strings, []


def module(file: BinaryIO, keywords: Any, tags: Any, options: Any) -> Iterator[Call]:
    """Yield the calls in a module with a text, for Babel, which misses those in f-strings."""

    def calls(node: ast.AST) -> Iterator[ast.Call]:
        if isinstance(node, ast.Call):
            yield node
        for child in ast.iter_child_nodes(node):
            yield from calls(child)

    for call in calls(ast.parse(file.read())):
        name = ast.unparse(call.func).rpartition(".")[2]
        constants = [word.value for word in call.args if isinstance(word, ast.Constant)]
        strings = [value for value in constants if isinstance(value, str)]
        if name in keywords and strings:
            yield call.lineno, name, strings, []


METHODS = {".py": module, ".js": script}
"""How Babel reads a file."""


def style_texts(style: str) -> list[str]:
    """Return the texts with words in them that a style sheet adds to a page."""
    contents = re.findall(r"\bcontent:\s*\"([^\"]*)\"", style)
    return [text for text in contents if re.search(r"[A-Za-z]{2}", text.replace("\\", "\\ "))]


# ---------------------------------------------------------------- the page


class _Element:
    """An element of a page with its attributes, texts and elements."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[_Element | str] = []


class _PageReader(HTMLParser):
    """Read a page as elements."""

    EMPTY = frozenset(("input", "br", "img", "meta", "link", "hr"))

    def __init__(self) -> None:
        super().__init__()
        self.open = [_Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = _Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(made)
        if tag not in self.EMPTY:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


INLINE = frozenset(("b", "code", "kbd"))
"""Elements that are part of a sentence; ``language/shell.js`` has the rules of these functions."""

_NAMES = ("title", "aria-label", "placeholder")
_WORD = re.compile(r"[A-Za-z]{2}")
_CODE = re.compile(r"[\w.=-]*[_=.][\w.=-]*")


def of_page(html: str) -> Iterator[str]:
    """Yield the texts of a page: sentences, with the elements in them, and names of elements."""
    reader = _PageReader()
    reader.feed(html)
    yield from _texts_in(reader.open[0])


def _texts_in(element: _Element) -> Iterator[str]:
    for name in _NAMES:
        value = element.attributes.get(name, "")
        if _WORD.search(value) and not _CODE.fullmatch(value):
            yield value
    if element.attributes.get("translate") == "no" or element.tag in ("style", "script"):
        return
    texts = [child for child in element.children if isinstance(child, str) and child.strip()]
    inside = [child for child in element.children if isinstance(child, _Element)]
    if texts and all(child.tag in INLINE and not child.attributes for child in inside):
        texts, inside = ["".join(map(_written, element.children))], []
    for text in texts:
        if _WORD.search(text):
            yield " ".join(text.split())
    for child in inside:
        yield from _texts_in(child)


def _written(child: _Element | str) -> str:
    if isinstance(child, str):
        return child
    return f"<{child.tag}>{''.join(map(_written, child.children))}</{child.tag}>"


# ---------------------------------------------------------------- the catalogue


def updated() -> tuple[str, list[str]]:
    """Return the catalogue as it should be, and the texts in it that have no words."""
    with CATALOGUE.open("rb") as file:
        known = read_po(file, locale="zh_CN")
    fresh = Catalog(locale="zh_CN")
    for path, text in texts():
        entry = known.get(text if isinstance(text, str) else text[0])
        fresh.add(text, entry.string if entry else None, locations=[(path, 1)])
    for entry in fresh:
        entry.locations = sorted(set(entry.locations))
    buffer = io.BytesIO()
    write_po(
        buffer,
        fresh,
        width=_WIDTH,
        omit_header=True,
        include_lineno=False,
        ignore_obsolete=True,
    )
    missing = [str(entry.id) for entry in fresh if entry.id and not any(entry.string or ())]
    comment = "".join(f"{line}\n" for line in _comment_of(CATALOGUE))
    return f"{comment}{_HEADER}{buffer.getvalue().decode().strip()}\n", missing


def _comment_of(path: Path) -> Iterator[str]:
    """Yield the lines of the comment that a catalogue begins with."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return
        yield line


if __name__ == "__main__":
    catalogue, missing = updated()
    CATALOGUE.write_text(catalogue, encoding="utf-8")
    for text in missing:
        print(text)
    print(f"{len(missing)} texts without words")
