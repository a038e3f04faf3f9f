"""From text to a Program, without TVM: definitions, constants, examples."""
