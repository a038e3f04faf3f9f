"""Ask for a stage as the Python program that our own codegen writes, for ``--target python``."""

from __future__ import annotations

import argparse

from viz.cli.request import request
from viz.model import (
    PYTHON,
    Links,
    LinksPart,
    Part,
    PythonPart,
    Reply,
    Source,
    TargetAnalysis,
    Tree,
    TreePart,
)
from viz.model.problem import error_of
from viz.provenance.stage_origins import stage_origins
from viz.service.client.submit import submit, submit_all


def python_source(options: argparse.Namespace, text: str) -> Source:
    """Return the program of ``--stage``, of the pipeline of ``--lowered-for``.

    Raises
    ------
    VizError
        When the text cannot be read or lowered, or a node has no rule.
    """
    part = PythonPart(stage=options.stage)
    return _written(submit(request(options, text, part, options.lowered_for)).result())


def python_analysis(options: argparse.Namespace, text: str) -> tuple[Tree, TargetAnalysis]:
    """Return the user's tree, and the program of a stage with its tree and origins.

    Raises
    ------
    VizError
        When the text cannot be read or lowered, or a node has no rule.
    """
    stage = options.stage
    parts: list[Part] = [TreePart(), PythonPart(stage=stage)]
    if stage != "input":
        parts += [TreePart(stage=stage), LinksPart(before="input", after=stage)]
    requests = [request(options, text, part, options.lowered_for) for part in parts]
    program, source, *rest = submit_all(requests).replies()
    assert isinstance(program, Tree)
    tree, links = rest or (program, None)
    assert isinstance(tree, Tree)
    assert links is None or isinstance(links, Links)
    origins = stage_origins(PYTHON, program, tree, links)
    return program, TargetAnalysis(source=_written(source), origins=origins, final=tree)


def _written(source: Reply) -> Source:
    assert isinstance(source, Source)
    if not source.emissions:
        raise error_of(source.problems[0])
    return source
