"""Run emitted CUDA text on the CPU, without TVM: what the device ``cuda-emulated`` is made of.

``translate`` makes C++ of the text in which each thread has a fiber, ``instrument`` adds checks to
it, ``lockstep`` keeps the lanes of a warp together where the text relies on it; ``warps`` writes
kernels that run a warp as one value, and ``forms`` chooses. ``library`` compiles the result with
the C++ sources in ``runtime/`` and loads it, ``launch`` configures launches, ``parallel`` runs them
on two cores, and ``findings`` describes the mistakes found.
"""
