// Checks of accesses to tiles, element by element as those of a fiber.
#include "tiles.h"

#include <cstring>

#include "counting.h"

namespace emulator {
namespace warps {

namespace {

constexpr unsigned LEADING = 0;  // the lane

// Whether all of a tile is within its memory, whichever way its strides go.
bool within(const TileAccess& access) {
  const long long rows = (access.rows - 1) * access.row_step;
  const long long columns = (access.columns - 1) * access.column_step;
  const long long before = (rows < 0 ? rows : 0) + (columns < 0 ? columns : 0);
  const long long after = (rows > 0 ? rows : 0) + (columns > 0 ? columns : 0);
  const long long offset = access.first - access.memory->base;
  return offset + before * access.bytes >= 0 &&
         offset + (after + 1) * access.bytes <= static_cast<long long>(access.memory->bytes);
}

bool element_within(const TileAccess& access, char* address, const char* doing) {
  const AsLane as(LEADING);
  return inside(*access.memory, address, access.bytes, doing);
}

}  // namespace

void check_tile_read(const TileAccess& access, char* values) {
  const Memory& memory = *access.memory;
  const bool all = within(access);
  if (counting) count_tile(access);
  const Access now = Now().by(LEADING, false);
  for (int i = 0; i < access.rows; ++i)
    for (int j = 0; j < access.columns; ++j, values += access.bytes) {
      char* address = access.address(i, j);
      if (!all && !element_within(access, address, "reads")) {
        std::memset(values, 0, access.bytes);
        continue;
      }
      const Units units = units_at(memory, address, access.bytes);
      for (uint64_t unit = units.first; unit <= units.last; ++unit) {
        read_origin(memory, unit, LEADING);
        if (memory.cells) read_cell(memory, unit, now, LEADING);
      }
      move(values, address, access.bytes);
    }
}

void check_tile_write(const TileAccess& access, const char* values, const bool* poisoned) {
  const Memory& memory = *access.memory;
  const bool all = within(access);
  if (counting) count_tile(access);
  const Access now = Now().by(LEADING, false);
  const Origin origin = leading_origin();
  for (int i = 0; i < access.rows; ++i)
    for (int j = 0; j < access.columns; ++j, values += access.bytes, ++poisoned) {
      char* address = access.address(i, j);
      if (*poisoned) {
        const AsLane as(LEADING);
        on_poison(memory, address);
      }
      if (!all && !element_within(access, address, "writes")) continue;
      if (origin && !memory.origins) {
        const AsLane as(LEADING);
        report_uninitialised(memory, address, origin);
      }
      const Units units = units_at(memory, address, access.bytes);
      for (uint64_t unit = units.first; unit <= units.last; ++unit) {
        if (memory.origins) memory.origins[unit] = origin;
        if (memory.cells) write_cell(memory, unit, now, LEADING, address, values, access.bytes);
      }
      move(address, values, access.bytes);
    }
}

Origin unfilled_tile() {
  const AsLane as(LEADING);
  return unfilled_fragment();
}

Origin leading_origin() { return AsLane::value(statement().read, LEADING); }

void add_leading_origin(Origin origin) { add(LEADING, origin); }

}  // namespace warps
}  // namespace emulator
