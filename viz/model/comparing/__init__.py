"""Two programs side by side: what is compared, and what is the same in both."""
