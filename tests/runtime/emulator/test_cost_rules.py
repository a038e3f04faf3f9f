"""Compute the occupancy of a multiprocessor, and find a rule for each figure."""

import re

from viz.emulator.cost.occupancy import occupancy
from viz.model.catalog.cost_rules import architectures, cost_rules


def test_occupancy_is_limited_by_threads_blocks_or_shared_memory():
    # 2048 threads are 8 blocks of 256.
    fits = occupancy("sm_80", 256, 4096, 0)
    assert (fits.blocks, fits.warps, fits.most_warps, fits.limits) == (8, 64, 64, ("threads",))
    # 32 blocks of one warp are half of the 64 warps.
    assert occupancy("sm_80", 32, 0, 0).limits == ("blocks",)
    # 48 KiB and 1 KiB kept back: 3 times in 164 KiB.
    fits = occupancy("sm_80", 64, 0, 48 << 10)
    assert (fits.blocks, fits.limits) == (3, ("shared",))
    # More than a block may have.
    assert occupancy("sm_75", 64, 0, 65 << 10).blocks == 0


def test_each_figure_has_a_rule_in_both_languages():
    rules = cost_rules()
    for name in ("sectors", "ideal_sectors", "wavefronts", "least_wavefronts", "bytes_asked"):
        assert name in rules
    assert {rule.certainty for rule in rules.values()} == {"counted", "modelled", "unknown"}
    for rule in rules.values():
        # One sentence each.
        assert re.findall(r"[.。](?= |$)", rule.en + " " + rule.zh) == [".", "。"]
        assert rule.source or rule.certainty == "unknown"
    for row in architectures().values():
        assert row.shared_of_block <= row.shared
