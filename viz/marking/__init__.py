"""Compare texts that a codegen wrote with marks with the unmarked one; no TVM."""
