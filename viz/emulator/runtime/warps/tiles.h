// A warp's accesses to whole tiles in checked mode. Which lane accesses which element is not
// documented: all are those of lane 0.
#pragma once
#include "requests.h"

namespace emulator {
namespace warps {

// Of an element in row `i` and column `j` the address is `first` and so many elements more.
struct TileAccess {
  Place site;
  const Memory* memory;
  char* first;
  uint32_t bytes;  // of an element
  int rows, columns;
  long long row_step, column_step;  // in elements

  char* address(int i, int j) const {
    return first + (i * row_step + j * column_step) * static_cast<long long>(bytes);
  }
};

// Report mistakes, and move what is within bounds; `values` has the rows one after the other.
void check_tile_read(const TileAccess& access, char* values);
void check_tile_write(const TileAccess& access, const char* values, const bool* poisoned);

// The origin of a fragment that was never filled, and that of what the running statement has read.
Origin unfilled_tile();
Origin leading_origin();
void add_leading_origin(Origin origin);

}  // namespace warps
}  // namespace emulator
