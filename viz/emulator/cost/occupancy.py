"""Find how many blocks of a kernel fit on a multiprocessor, registers left out."""

from __future__ import annotations

from viz.emulator.translate import SHARED, SIZES
from viz.model import Occupancy
from viz.model.catalog.cost_rules import architectures
from viz.model.running.cost import Limit

WARP = 32


def static_shared(text: str) -> int:
    """Return the bytes of the shared arrays that a kernel's text declares with their sizes."""
    return sum(SIZES.get(array["type"], 1) * int(array["count"]) for array in SHARED.finditer(text))


def occupancy(arch: str, threads: int, static: int, dynamic: int) -> Occupancy:
    """Return how many blocks fit.

    Parameters
    ----------
    arch
        An architecture of the catalog, such as ``sm_80``.
    threads
        Of a block.
    static, dynamic
        Bytes of its shared memory.
    """
    row = architectures()[arch]
    warps = -(-threads // WARP)
    fit: dict[Limit, int] = {"threads": row.threads // WARP // warps, "blocks": row.blocks}
    taken = -(-(static + dynamic) // row.granule) * row.granule + row.kept
    if static + dynamic > row.shared_of_block:
        fit["shared"] = 0
    elif taken:
        fit["shared"] = row.shared // taken
    blocks = min(fit.values())
    return Occupancy(
        arch=arch,
        blocks=blocks,
        warps=blocks * warps,
        most_warps=row.threads // WARP,
        limits=tuple(limit for limit, most in fit.items() if most == blocks),
        static_shared=static,
        dynamic_shared=dynamic,
    )
