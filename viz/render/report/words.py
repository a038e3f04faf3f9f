"""Texts in a page: escaped so that they read back the same, and our own words in both languages."""

from __future__ import annotations

import re
from html import escape

# HTML has no place for these in a text.
_NOWHERE = re.compile("[\x00\ud800-\udfff]")


def text_html(text: str) -> str:
    """Escape a text, so that reading it back gives the same characters."""
    # Parsers of HTML turn a bare carriage return into a line feed.
    return escape(_NOWHERE.sub("\ufffd", text), quote=False).replace("\r", "&#13;")


def pre(text: str) -> str:
    """Return a text as ``<pre>``."""
    # A parser drops the first line break of a <pre>.
    return f"<pre>\n{text_html(text)}</pre>"


def both(en: str, zh: str) -> str:
    """Return two elements of which CSS shows the one in the page's language; both are escaped."""
    return f'<span lang="en">{escape(en)}</span><span lang="zh">{escape(zh)}</span>'


def labelled(en: str, zh: str) -> str:
    """Return the attributes of an element that has a name for screen readers in both languages."""
    return f'aria-label="{escape(en)}" data-zh="{escape(zh)}"'
