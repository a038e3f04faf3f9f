"""Know the limits of a GPU's launches."""

from __future__ import annotations

MOST_STATIC_SHARED = 48 << 10
"""Bytes of static shared memory of a block; nvcc refuses more."""

MOST_DYNAMIC_SHARED = 227 << 10
"""Bytes of dynamic shared memory that a block may have, as in ``shared.h``."""

MOST_BLOCKS = (2**31 - 1, 65535, 65535)
"""Blocks of a grid along x, y and z."""

MOST_BLOCKS_IN_ALL = 2**31 - 1
"""Blocks of a whole grid: the runtime counts them in 31 bits. A GPU takes more."""
