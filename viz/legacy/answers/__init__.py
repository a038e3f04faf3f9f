"""Replies to the parts of a request, made with the TVM of 2024."""
