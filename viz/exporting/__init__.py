"""Turn models in Python into Relax text, on the user's own machine.

>>> from viz.exporting import export_model
>>> print(export_model(Net().eval(), (torch.rand(4, 16),)).text)

Models of torch and modules of TVM's ``nn`` are Python code, which has to run. It runs in this
process, as Python would run it, and nothing protects the machine from it. The page and the server
never import this package; ``tirscope export`` does. The package does not import torch itself: it
looks for torch where the user's code has imported it.
"""

from viz.exporting.export import Export, export_model, export_script
from viz.exporting.offers import Names

__all__ = ["Export", "Names", "export_model", "export_script"]
