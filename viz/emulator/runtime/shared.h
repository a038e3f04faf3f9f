// Shared memory: a section of the library for static arrays, one buffer for dynamic ones.
#pragma once
#include <cstdint>

namespace emulator {

constexpr uint32_t MOST_DYNAMIC_BYTES = 227 << 10;  // of a block, on compute capability 9.0

extern char dynamic_shared[MOST_DYNAMIC_BYTES];
extern uint32_t dynamic_bytes;

// Fills all of it with 0xFF, which reads as NaN or -1; on a GPU it holds an earlier block's values.
void poison_shared();

}  // namespace emulator

#define __shared__ static __attribute__((section("emulated_shared")))
