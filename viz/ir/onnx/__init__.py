"""Models of ONNX as Relax text: the graph is checked, TVM's importer reads it, the text is written.

The package ``onnx`` is imported when a model is converted, and with the engine that will do so.
"""
