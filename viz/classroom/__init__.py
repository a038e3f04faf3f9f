"""Keep the rooms of classes: a teacher's workspace that students follow, questions, answers.

Plain data and a state machine, without HTTP: :mod:`viz.ui.routes.classroom` serves it. A room is
kept in memory alone and ends with its teacher; nothing in it says who a student is.
"""
