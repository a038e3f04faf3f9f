"""Passes: lower a module for a target, record each pass, compare stages, find origins."""
