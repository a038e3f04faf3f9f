"""Files that are opened on the page and are no texts."""
