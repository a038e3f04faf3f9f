"""Sources of the 2024 TVM: what its codegens write, and which node wrote which characters."""
