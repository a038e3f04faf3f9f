"""Find the nodes of a module in TVM's print of it, by prints with comments and with underlines."""
