"""The processes that answer requests, and how they are kept harmless."""
