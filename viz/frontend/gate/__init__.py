"""Refuse texts that hold more than TVMScript, before TVM's parser evaluates them."""

from viz.frontend.gate.allow_list import check

__all__ = ["check"]
