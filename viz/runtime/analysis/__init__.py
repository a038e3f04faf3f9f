"""Ask a PrimFunc what a run of it needs to know, before anything is built.

``parameters`` describes them for a reader; ``sizes`` chooses the variables in shapes and strides,
``steering`` the integers that must fit them; ``written`` finds the outputs and ``precision`` how
exact they can be.
"""
