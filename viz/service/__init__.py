"""Answer requests in jailed processes: the caller's side, the engine, the queue, the jail."""
