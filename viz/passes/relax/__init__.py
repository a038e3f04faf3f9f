"""Lower Relax functions: their pipeline, and the code of their virtual machine."""
