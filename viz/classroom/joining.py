"""Make the link by which students join a room, and its QR code."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

import segno

PARAMETER = "class"
"""The parameter of an address that names a room."""
MOST_ADDRESS = 300


def link(address: str, code: str) -> str:
    """Return the address of a page that joins a room.

    ``address`` is that of the teacher's page as its browser has it; its query is left out.

    Raises
    ------
    ValueError
        When it is no address of a page.
    """
    parts = urlsplit(address)
    is_page = parts.scheme in ("http", "https") and parts.netloc and address.isprintable()
    if not is_page or len(address) > MOST_ADDRESS:
        raise ValueError("this is no address of a page")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode({PARAMETER: code}), ""))


def picture(text: str) -> str:
    """Return a QR code of a text, as the ``data:`` address of an SVG: black on white."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_data_uri(border=3, light="#fff", dark="#000", omitsize=True))
