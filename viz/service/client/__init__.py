"""The caller's side: fork servers, submissions to them, a cache of replies."""
