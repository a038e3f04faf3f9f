"""Parse a Program with TVM to an IRModule, and walk that to a Tree."""
