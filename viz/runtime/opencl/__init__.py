"""Run the OpenCL kernels that TVM's codegen writes, with the launches of their host program."""
