// Replaces NVIDIA's header; emulator.h defines what is needed.
