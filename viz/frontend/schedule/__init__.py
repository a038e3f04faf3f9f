"""Schedules that a text holds beside its program: found and read by ``ast``, without TVM."""
