"""Lessons: texts beside a live program, with questions whose answers are computed from it.

A lesson is a Markdown file with a head in TOML (:mod:`viz.learn.reading`). What a question's answer
is stands in it as a query (:mod:`viz.learn.queries`), which is put to the engine's replies about
the lesson's program (:mod:`viz.learn.evidence`).
"""
