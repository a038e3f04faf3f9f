"""The device ``cuda-emulated``: runs the emitted CUDA text itself, on the CPU.

``texts`` makes C++ of the text, ``instrument`` adds the checks, ``library`` compiles it against the
C++ sources in ``runtime/`` and loads it, ``host`` turns the lowered host function to it, ``device``
launches, ``findings`` says what was found.
"""
