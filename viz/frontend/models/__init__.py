"""Relax texts that were made from a model of another framework."""
