"""Draw what a run left: pictures of its outputs, and the same in words."""
