"""The view Compare: two sides, each with its frames, and how they pair."""
