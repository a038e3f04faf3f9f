// Counts the requests of warps: sectors of global memory, wavefronts of shared memory.
#pragma once
#include "tiles.h"

namespace emulator {
namespace warps {

// In the order of KINDS and SPACES in viz/emulator/cost/records.py.
enum class Does : int32_t { LOAD, STORE, ATOMIC, FRAGMENT };

// What a place of the text did in all of its requests; Python reads it through ctypes.
struct SiteCount {
  Place place;
  int32_t does;
  int32_t space;
  uint32_t bytes;        // of each lane
  uint32_t most_on_one;  // lanes of a request with the same address
  uint64_t requests, lanes, sectors, ideal_sectors, wavefronts, least_wavefronts,
      ideal_wavefronts, asked, used;
  uint64_t by_lanes[WARP + 1];  // requests with so many active lanes
  Index3 block;                 // of the worst request, the first of them
  uint32_t warp;
  int64_t offsets[WARP];  // -1 for a lane that is not active
  uint32_t worst_sectors, worst_wavefronts;
  char buffer[64];
};

struct BranchCount {
  uint64_t warps, divided;
};

constexpr unsigned MOST_SITES = 1 << 13, MOST_STATEMENTS = 1 << 16, MOST_BRANCHES = 1 << 13;

// Set by Python before a call.
extern bool counting;

// Count a request of the lanes `in`; those to arrays of the lanes have no addresses.
void count_request(const Request& request, Mask in, Does does);
void count_atomic(const Request& request);
// A warp accesses a tile. Which lane accesses which element is not documented, so all of it counts as
// one request, without banks; its sectors are those of its distinct bytes.
void count_tile(const TileAccess& tile);
void count_own(Place place, Mask mask, Does does, uint32_t bytes, const char* name);

// The lanes of a mask run a statement.
void did(unsigned statement, Mask mask);

// The lanes of `mask` come to a branch, which those of `taken` go into.
void divide(unsigned branch, Mask mask, Mask taken);

// Counts a branch, and returns its condition.
template <class C>
inline const C& decided(unsigned branch, Mask mask, const C& condition) {
  divide(branch, mask, mask_of(mask, condition));
  return condition;
}

}  // namespace warps
}  // namespace emulator
