"""Make an environment with a TVM of 2024: ``tirscope legacy-env FOLDER``."""
