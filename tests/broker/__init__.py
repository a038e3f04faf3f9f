"""Who works when: the queue of a server, its workers, its owner's view."""
