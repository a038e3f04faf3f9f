"""Lessons outside of the workspace: as one offline page, as tests for pytest, as a notebook.

What is right at a question is computed from the engine's replies (:mod:`viz.learn.evidence`) when
a lesson is exported or, by tests and notebooks, when an answer is graded.
"""
