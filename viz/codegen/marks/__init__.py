"""Which node wrote which characters."""
