// In place of NVIDIA's header: emulator.h has brought everything already.
