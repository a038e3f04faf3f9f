"""Make a teacher's secret, and the code of the room that follows from it.

The code is a slow hash of the secret. So a server that was restarted, and has kept nothing, gives
the teacher's page the same room again; and who knows a code cannot look for a secret that leads
to it: 2⁴⁰ hashes of 40 ms take a thousand years of a processor.
"""

from __future__ import annotations

import hashlib
import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The characters of codes: those of Crockford's base 32, in which none looks like another."""

CODE_LENGTH = 8
"""Characters of a code: 40 bits."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_LIKE = str.maketrans("OIL", "011")


def new_secret() -> str:
    """Return a secret of 192 bits."""
    return secrets.token_urlsafe(24)


def is_secret(text: str) -> bool:
    """Return whether a text has the form of a secret."""
    return _SECRET.fullmatch(text) is not None


def code_of(secret: str) -> str:
    """Return the code of a secret's room. It takes about 40 ms of a processor, and 16 MiB."""
    digest = hashlib.scrypt(secret.encode(), salt=b"TIRscope class", n=1 << 14, r=8, p=1, dklen=5)
    number = int.from_bytes(digest, "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH))


def normalised(typed: str) -> str:
    """Return a code as it is kept: what a person types may have spaces, and O for 0."""
    return re.sub(r"[\s-]", "", typed[:40]).upper().translate(_LIKE)
