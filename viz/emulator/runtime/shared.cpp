#include "shared.h"

#include <cstring>

// The linker defines the ends of the section; a text without shared arrays has none.
extern "C" __attribute__((weak, visibility("hidden"))) char __start_emulated_shared[];
extern "C" __attribute__((weak, visibility("hidden"))) char __stop_emulated_shared[];

namespace emulator {

alignas(1024) char dynamic_shared[MOST_DYNAMIC_BYTES];
uint32_t dynamic_bytes;

void poison_shared() {
  if (__start_emulated_shared)
    std::memset(__start_emulated_shared, 0xFF, __stop_emulated_shared - __start_emulated_shared);
  std::memset(dynamic_shared, 0xFF, dynamic_bytes);
}

}  // namespace emulator
