"""Source text of the final IR as TVM's codegens write it, with marks."""
