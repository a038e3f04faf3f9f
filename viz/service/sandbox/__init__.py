"""Restrict a process that works on untrusted text: one module a layer, and the jail of all of them.

Pure Python over the system's own calls; it knows neither TVM nor, its messages aside, the
rest of TIRscope.
"""

from viz.service.sandbox.jail import (
    LAYERS,
    UNJAILED,
    Layer,
    lacking,
    probe,
    restrict,
    tried,
)
from viz.service.sandbox.landlock import Grants
from viz.service.sandbox.profiles import PROFILES, Profile

__all__ = [
    "LAYERS",
    "PROFILES",
    "UNJAILED",
    "Grants",
    "Layer",
    "Profile",
    "lacking",
    "probe",
    "restrict",
    "tried",
]
