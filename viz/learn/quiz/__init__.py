"""Quizzes: questions of the lessons' kinds, made from any program.

What a question asks and which answer is right is computed from the engine's replies about the
program (:mod:`viz.learn.evidence`), and so are the wrong answers beside the right one. Each kind of
question (:mod:`viz.learn.quiz.kinds`) says where a program has nothing to ask for.
"""
