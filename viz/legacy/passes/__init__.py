"""Lower a module of the 2024 TVM: its passes, and what becomes of the nodes on their way."""
