"""Plain data of runs that are not made by the engine itself."""
