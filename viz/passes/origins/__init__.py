"""Origins: the input node, the text and the pass behind each node of a lowered module."""
