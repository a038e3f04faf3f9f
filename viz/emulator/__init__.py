"""Run emitted CUDA text on the CPU, without TVM: what the device ``cuda-emulated`` is made of.

``translate`` makes C++ of the text, ``instrument`` adds checks to it, ``lockstep`` keeps the lanes
of a warp together where the text relies on it; ``library`` compiles the result with the C++ sources
in ``runtime/`` and loads it, ``launch`` configures launches, and ``findings`` describes the
mistakes found.
"""
