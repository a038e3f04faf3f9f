// Shared memory: one section holds the static arrays, one block of memory the dynamic one.
#pragma once
#include <cstdint>

namespace emulator {

constexpr uint32_t MOST_DYNAMIC_BYTES = 227 << 10;  // what a block may have on compute capability 9.0

extern char dynamic_shared[MOST_DYNAMIC_BYTES];
extern uint32_t dynamic_bytes;

// Fills all of it with 0xFF, which reads as NaN or -1: a GPU's would hold what the last block left.
void poison_shared();

}  // namespace emulator

#define __shared__ static __attribute__((section("emulated_shared")))
