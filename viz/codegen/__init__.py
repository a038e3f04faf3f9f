"""From the final IR to text."""
