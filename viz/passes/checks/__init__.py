"""Find what a codegen writes without complaint, and what no device runs as the program means it."""
