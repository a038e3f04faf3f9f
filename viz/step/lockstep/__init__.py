"""Run all threads of a stage at once, statement by statement, and compute every value."""
