"""Where each node of the final tree comes from in the user's text."""
