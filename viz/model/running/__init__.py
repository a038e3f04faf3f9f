"""Plain data of runs that are not the engine's own: by a visitor's GPU, by a user's rules."""
