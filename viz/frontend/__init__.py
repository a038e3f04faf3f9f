"""Read a text into a Program without TVM: definitions, constants, examples."""
