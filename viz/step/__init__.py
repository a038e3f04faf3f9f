"""Write a Tree as a Python program, and run that: a codegen of our own, with no TVM in it."""
