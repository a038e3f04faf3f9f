"""Quizzes about the program of the workspace."""
