"""Scripts for maintainers, run from the top of a checkout: ``python -m tools.NAME``."""
