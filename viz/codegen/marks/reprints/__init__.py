"""Expressions that bear no mark, found by letting the codegen write them once more alone."""
