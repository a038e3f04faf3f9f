"""TIRscope: see how TVM's TensorIR becomes source code.

>>> import viz
>>> analysis = viz.analyze(text, targets=["c", "cuda"])   # in a process of its own
>>> print(analysis.targets["c"].source.emissions[0].text)

``analyze``, ``check``, ``compare``, ``from_onnx``, ``life``, ``schedule``, ``schedule_choices``,
``search_schedules``, ``run``, ``cost_advice``, ``causes``, ``record``, ``verify``, ``try_rules``,
``dump_difference`` and ``launch_plan`` do their work in a jailed process and never import TVM here.
``inspect`` does the same as ``analyze`` in this process, for text you trust and for an IRModule you
already hold. :mod:`viz.testing` has assertions for unit tests, :mod:`viz.model` the records that
all of these return.
"""

from viz.access_causes import causes
from viz.api import analyze, check, from_onnx, inspect, life
from viz.browser_runs import compare_outputs, launch_plan
from viz.comparisons import compare
from viz.cost_runs import cost_advice
from viz.dumps.difference import dump_difference
from viz.dumps.reading import open_dump
from viz.errors import VizError
from viz.kept_arrays import arrays_of
from viz.model import Analysis, Node, Options, Outcome, Side, TargetAnalysis, Tree
from viz.provenance.explain import explain
from viz.provenance.find import find
from viz.provenance.walk import walks
from viz.runs import record, replay_race, run, try_rules, verify
from viz.schedules import schedule, schedule_choices, search_schedules

__version__ = "0.2.0"
__all__ = [
    "Analysis",
    "Node",
    "Options",
    "Outcome",
    "Side",
    "TargetAnalysis",
    "Tree",
    "VizError",
    "analyze",
    "arrays_of",
    "causes",
    "check",
    "compare",
    "compare_outputs",
    "cost_advice",
    "dump_difference",
    "explain",
    "find",
    "from_onnx",
    "inspect",
    "launch_plan",
    "life",
    "open_dump",
    "record",
    "replay_race",
    "run",
    "schedule",
    "schedule_choices",
    "search_schedules",
    "try_rules",
    "verify",
    "walks",
]
