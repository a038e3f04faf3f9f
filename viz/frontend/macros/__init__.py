"""Write macros out where they are called."""

from viz.frontend.macros.macro import is_macro
from viz.frontend.macros.write import Written, write_out

__all__ = ["Written", "is_macro", "write_out"]
