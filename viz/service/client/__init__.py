"""The caller's side: processes, jobs, a cache of replies."""
