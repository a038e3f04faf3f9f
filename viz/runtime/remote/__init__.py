"""Run programs on the owner's remote device, by TVM's RPC."""
