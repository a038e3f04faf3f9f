"""Stages that were recorded elsewhere, as the page shows them."""
