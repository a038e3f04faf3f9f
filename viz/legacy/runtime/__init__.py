"""Run programs of the 2024 TVM: the gate on their IR, their inputs, and the devices."""
