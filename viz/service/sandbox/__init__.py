"""What keeps a process that works on strangers' text from doing harm: one file a layer.

Pure Python over the system's own calls; it knows neither TVM nor the rest of TIRscope.
"""

from viz.service.sandbox.landlock import Grants
from viz.service.sandbox.profiles import PROFILES, Profile
from viz.service.sandbox.restriction import (
    OVERRIDE,
    TITLES,
    UNJAILED,
    Layer,
    lacking,
    probe,
    restrict,
    tried,
)

__all__ = [
    "OVERRIDE",
    "PROFILES",
    "TITLES",
    "UNJAILED",
    "Grants",
    "Layer",
    "Profile",
    "lacking",
    "probe",
    "restrict",
    "tried",
]
