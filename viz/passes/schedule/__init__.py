"""Schedules of users: their steps are replayed on the module before its passes run."""
