"""Exercises: programs to mend, schedule or write a rule for, checked on inputs nobody knows before.

What an exercise is made of stands in a table ``NAME.toml`` (:mod:`viz.learn.exercises.reading`),
its words in ``en/NAME.md`` and ``zh/NAME.md``. Its checks (:mod:`viz.learn.exercises.checks`) are
requests to the engine (:mod:`viz.learn.exercises.asking`), whose replies are judged
(:mod:`viz.learn.exercises.judging`).
"""
