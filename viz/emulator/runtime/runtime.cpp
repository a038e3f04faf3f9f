// The part of the emulator that is independent of kernels: compiled once, linked to every text.
#include "clocks.cpp"
#include "fibers.cpp"
#include "findings.cpp"
#include "overflow.cpp"
#include "scheduler.cpp"
#include "shadow.cpp"
#include "shared.cpp"
#include "warps/warps.cpp"
