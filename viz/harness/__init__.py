"""What surrounds a run, without TVM: compilers, arrays, references, comparison, rules on trial."""
