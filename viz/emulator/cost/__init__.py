"""Count what the accesses of kernels cost, while they run checked.

``records`` reads what the runtime counted, ``meter`` runs launches and chooses the blocks that are
looked at.
"""
