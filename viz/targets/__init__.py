"""Targets by their names, and what is wrong with the options that they are given; no TVM."""
