"""Turn models in Python into Relax text, on the user's own machine.

``torch.export`` programs and modules of TVM's ``nn`` are Python code that must run: this room runs
the user's script in this process as Python would, with nothing between it and the machine. No other
room imports it but the command ``tirscope export``; torch is never imported here, only looked up
where the script has imported it.
"""

from viz.exporting.export import Export, export_model, export_script
from viz.exporting.offers import Names

__all__ = ["Export", "Names", "export_model", "export_script"]
