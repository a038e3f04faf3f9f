// Counts how often the elements of buffers are accessed over time, and how far apart.
#pragma once
#include "requests.h"
#include "tiles.h"

namespace emulator {
namespace warps {

constexpr unsigned MOST_CELLS = 1 << 12, MOST_SLICES = 32, MOST_PICTURES = 64;

// Of one memory in all launches of a kernel; Python reads it through ctypes.
struct BufferPicture {
  char name[64];
  int32_t kernel;
  int32_t space;
  uint32_t unit;  // bytes of an element
  uint32_t per_cell;
  uint64_t elements;
  uint64_t requests;            // of the kernel, so far
  uint64_t requests_per_slice;  // doubled when there are too many slices
  uint32_t* counts;             // [MOST_SLICES][MOST_CELLS]
  double* distances;            // of each cell, summed
  uint64_t* reuses;             // of each cell
  uint64_t* last;               // of each element the request that accessed it, from 1; may be null
};

extern bool picturing;

void picture(const Request& request, Mask in);

// Counts the elements of a tile as one request.
void picture(const TileAccess& tile);

}  // namespace warps
}  // namespace emulator
