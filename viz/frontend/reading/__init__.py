"""Read an extracted definition with a parser of TVM: attempts, and what its errors mean."""
