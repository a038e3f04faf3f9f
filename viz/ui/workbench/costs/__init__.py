"""Frames of what accesses cost, and of the stages that made them so."""
