"""From a Program to an IRModule and its Tree: TVM parses, our walker walks."""
