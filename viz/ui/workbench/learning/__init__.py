"""What the panel Learn asks beside its lessons."""
