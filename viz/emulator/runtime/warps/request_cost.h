// What one request of a warp costs, from the offsets of its lanes.
#pragma once
#include "../shadow.h"
#include "lanes.h"

namespace emulator {
namespace warps {

constexpr unsigned SECTOR = 32, BANKS = 32, WORD = 4;

// What one request costs.
struct RequestCost {
  uint32_t sectors, ideal_sectors, wavefronts, least_wavefronts, ideal_wavefronts, used,
      most_on_one;
};

// `offsets` are bytes from the beginning of the memory.
RequestCost cost_of(const Lanes<int64_t>& offsets, Mask mask, uint32_t bytes, Space space);

}  // namespace warps
}  // namespace emulator
