"""Run Relax functions on Relax's virtual machine."""
