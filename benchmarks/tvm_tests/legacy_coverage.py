"""Measure how much of the second engine's texts is linked to nodes, for every example and target.

It needs a TVM of 2024 (``tirscope legacy-env``) in TIRSCOPE_LEGACY_PYTHON. Every example that it
can express is written for every target; what ``--coverage`` prints of each text is summed by
target. Printed is a table for the README.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import viz
from viz.errors import VizError
from viz.frontend.examples import examples
from viz.model import LEGACY, catalog
from viz.provenance.coverage import coverage


def main() -> None:
    """Print a row for each target."""
    targets = [name for name, row in catalog.targets().items() if row.has_pipeline]
    characters: dict[str, Counter[str]] = defaultdict(Counter)
    nodes: dict[str, Counter[str]] = defaultdict(Counter)
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, example in examples().items():
        try:
            analysis = viz.analyze(example.text, targets, engine=LEGACY)
        except VizError as error:
            print(f"{name}: {error.message}", file=sys.stderr)
            continue
        for target, found in analysis.targets.items():
            if found.problem is not None or found.source is None or found.final is None:
                print(
                    f"{name} {target}: {found.problem and found.problem.message}", file=sys.stderr
                )
                continue
            for emission in found.source.emissions:
                kind = emission.title
                counted = coverage(found.origins, found.final, emission)
                texts[kind][counted.verified] += 1
                characters[kind].update(
                    exact=counted.exact, around=counted.ancestor, none=counted.none
                )
                nodes[kind].update(nodes=sum(counted.nodes.values()), placed=counted.spanned)
    print("| Text | texts | verified | by the very node | by a node around it | no mark |")
    print("|---|---:|---|---:|---:|---:|")
    for kind, counts in sorted(characters.items()):
        shares = (
            f"{counts[each] / max(counts.total(), 1):.1%}" for each in ("exact", "around", "none")
        )
        verified = ", ".join(f"{level} {n}" for level, n in texts[kind].items())
        print(f"| {kind} | {texts[kind].total()} | {verified} | {' | '.join(shares)} |")


if __name__ == "__main__":
    main()
