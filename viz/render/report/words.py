"""Text in HTML: escaped so that it reads back unchanged, and words in English and Chinese."""

from __future__ import annotations

import re
from html import escape

from viz.locale.translator import Translator
from viz.messages import LANGUAGES
from viz.model import Described

# Characters that HTML does not allow.
_NOWHERE = re.compile("[\x00\ud800-\udfff]")


def text_html(text: str) -> str:
    """Return a text escaped for HTML, so that a browser shows the same characters."""
    # Parsers of HTML turn a bare carriage return into a line feed.
    return escape(_NOWHERE.sub("\ufffd", text), quote=False).replace("\r", "&#13;")


def pre(text: str) -> str:
    """Return a text in a ``<pre>`` element."""
    # Parsers drop the first line break of a <pre>.
    return f"<pre>\n{text_html(text)}</pre>"


def both(en: str, zh: str) -> str:
    """Return an element in each language, of which CSS shows the page's; both are escaped."""
    return f'<span lang="en">{escape(en)}</span><span lang="zh">{escape(zh)}</span>'


def known(text: str) -> str:
    """Return an element in each language for a text of the catalogue, once where both are equal."""
    chinese = Translator("zh")(text)
    return escape(text) if chinese == text else both(text, chinese)


def told(described: Described) -> str:
    """Return a message with its hint in each language; once where that is the same text."""
    en, zh = (
        text_html(f"{described.text(language)} {described.hint_text(language)}".strip())
        for language in LANGUAGES
    )
    return en if en == zh else f'<span lang="en">{en}</span><span lang="zh">{zh}</span>'


def labelled(en: str, zh: str) -> str:
    """Return the attributes that name an element for screen readers in both languages."""
    return f'aria-label="{escape(en)}" data-zh="{escape(zh)}"'
