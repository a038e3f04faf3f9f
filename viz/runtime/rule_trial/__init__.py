"""Try a user's rules of a codegen: write a program by them, run what they wrote, compare."""
