"""Find the pass or schedule step that gave each access of a kernel its pattern."""
