"""Codegen: the text that a target's codegen writes of the final IR, with marks."""
