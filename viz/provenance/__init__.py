"""Provenance: questions over plain data, without TVM: explain, find, coverage, diffs, passes."""
