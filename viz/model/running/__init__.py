"""Plain data of runs: what accesses cost, and runs by a visitor's GPU or by a user's rules."""
