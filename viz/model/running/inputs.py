"""What the inputs of a run are made of."""

from __future__ import annotations

from typing import Literal

InputKind = Literal["normal", "integers", "ones", "ramp", "edges"]
"""What floats are made of. ``normal``: standard normal; ``integers``: whole numbers from -4 to 4,
whose sums are exact; ``ones``; ``ramp``: the element's number, row by row; ``edges``: zeros of both
signs, infinities, NaN, the smallest and the largest numbers of the dtype, one after the other.
Integers are those of their range, for ``ones``, ``ramp`` and ``edges`` in the same manner."""
