"""Questions about whole models: their layers."""
