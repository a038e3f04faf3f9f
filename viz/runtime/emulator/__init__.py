"""Run emitted CUDA text on the CPU: the device ``cuda-emulated``.

``translate`` makes C++ of the text, ``instrument`` adds checks to it, ``lockstep`` keeps the lanes
of a warp together where the text relies on it; ``library`` compiles the result with the C++ sources
in ``runtime/`` and loads it; ``host_rewrite`` redirects the lowered host function to it; ``device``
launches kernels; ``findings`` describes the mistakes found and ``user_lines`` places them in the
user's text.
"""
