#include "shadow.h"

#include <cstdio>
#include <cstring>
#include <sys/mman.h>

#include "clocks.h"
#include "shared.h"

namespace emulator {

namespace {

// ---------------------------------------------------------------- statements

// By thread number: a statement may be suspended at a shuffle and resumed later.
int line_of[MOST_THREADS];
Origin origin_of_statement[MOST_THREADS];
Origin last_origin[MOST_THREADS];
Origin deciding[MOST_THREADS];  // the origin of the enclosing condition

uint32_t blocks_begun;

int here() { return line_of[current->number]; }

void describe(Site& site, const char* doing) {
  site.block = block_index;
  site.thread = current->index;
  site.line = here();
  std::snprintf(site.doing, sizeof site.doing, "%s", doing);
}

// ---------------------------------------------------------------- origins

struct Unwritten {
  const char* name;  // of the memory, which may be gone: a local array ends with its scope
  int line;
  int64_t index;
  Site site;
};

constexpr Origin MOST_ORIGINS = 1024;
Unwritten origins[MOST_ORIGINS];
Origin origin_count;  // the first is number 1

Origin origin_at(const char* name, uint64_t unit) {
  const int line = here();
  for (Origin i = origin_count; i > 0; --i)
    if (origins[i - 1].name == name && origins[i - 1].line == line) return i;
  if (origin_count == MOST_ORIGINS) return MOST_ORIGINS;
  Unwritten& fresh = origins[origin_count++];
  fresh.name = name;
  fresh.line = line;
  fresh.index = static_cast<int64_t>(unit);
  describe(fresh.site, "reads");
  return origin_count;
}

void report_uninitialised(const Memory& memory, const char* address, Origin origin) {
  const Unwritten* source = origin ? &origins[origin - 1] : nullptr;
  Finding* finding = found(Kind::UNINITIALISED, memory.name, here(), source ? source->line : 0);
  if (!finding) return;
  describe(finding->site, "writes");
  finding->index = (address - memory.base) / memory.unit;
  finding->extent = static_cast<int64_t>(memory.bytes / memory.unit);
  if (!source) return;
  finding->has_other = 1;
  finding->other = source->site;
  std::snprintf(finding->detail, sizeof finding->detail, "%s[%lld]", source->name,
                static_cast<long long>(source->index));
}

// ---------------------------------------------------------------- races

uint32_t first_block_of_launch;
bool lockstep_mattered;  // whether accesses were ordered by lockstep alone

Access access_now(bool atomic, bool in_step) {
  return {blocks_begun,
          barriers,
          time_of(current->number),
          static_cast<uint32_t>(here()),
          current->number,
          atomic,
          in_step};
}

bool conflict(const Access& before, const Access& now, Space space) {
  if (!before.block || (before.atomic && now.atomic)) return false;
  if (before.block < first_block_of_launch) return false;
  // Two blocks are unordered, but each has its own shared memory.
  if (before.block != now.block) return space == Space::GLOBAL;
  if (before.thread == now.thread || before.barriers != now.barriers) return false;
  if (before.thread / WARP != now.thread / WARP) return true;
  if (known_by_fence(now.thread, before.thread) >= before.time) return false;
  const bool in_step = before.in_step && now.in_step && space == Space::SHARED &&
                       known_by_step(now.thread, before.thread) >= before.time;
  lockstep_mattered |= in_step;
  return !in_step;
}

// Block numbers in the order in which the blocks ran, for the first MOST_NUMBERS of a launch.
constexpr uint32_t MOST_NUMBERS = 1 << 16;
uint32_t numbers[MOST_NUMBERS];

Index3 block_at(uint32_t serial) {
  const uint32_t since = serial - first_block_of_launch;
  const uint32_t number = since < MOST_NUMBERS ? numbers[since] : since;
  return {number % grid_extent.x, number / grid_extent.x % grid_extent.y,
          number / grid_extent.x / grid_extent.y};
}

void report_race(const Memory& memory, uint64_t unit, const Access& before, bool wrote_before,
                 bool writes_now, bool agrees = false) {
  Finding* finding = found(Kind::RACE, memory.name, here(), before.line, agrees);
  if (!finding) return;
  describe(finding->site, writes_now ? "writes" : "reads");
  finding->index = static_cast<int64_t>(unit);
  finding->extent = static_cast<int64_t>(memory.bytes / memory.unit);
  finding->has_other = 1;
  finding->other.block = block_at(before.block);
  const uint32_t x = block_extent.x, y = block_extent.y;
  finding->other.thread = {before.thread % x, before.thread / x % y, before.thread / x / y};
  finding->other.line = before.line;
  std::snprintf(finding->other.doing, sizeof finding->other.doing, "%s",
                wrote_before ? "writes" : "reads");
}

void note_read(const Memory& memory, Cell& cell, uint64_t unit, bool in_step) {
  const Access now = access_now(false, in_step);
  if (conflict(cell.writer, now, memory.space)) report_race(memory, unit, cell.writer, true, false);
  if (conflict(cell.atomic, now, memory.space)) report_race(memory, unit, cell.atomic, true, false);
  if (cell.reader.block != now.block || cell.reader.thread != now.thread)
    cell.other_reader = cell.reader;
  cell.reader = now;
}

// `agrees`: whether the value that is written is there already. Then whoever reads it between two
// writes that nothing orders reads the same, whichever comes first.
void note_write(const Memory& memory, Cell& cell, uint64_t unit, bool atomic, bool in_step,
                bool agrees) {
  const Access now = access_now(atomic, in_step);
  if (conflict(cell.writer, now, memory.space))
    report_race(memory, unit, cell.writer, true, true, agrees);
  else if (conflict(cell.atomic, now, memory.space))
    report_race(memory, unit, cell.atomic, true, true);
  else if (conflict(cell.reader, now, memory.space))
    report_race(memory, unit, cell.reader, false, true);
  else if (conflict(cell.other_reader, now, memory.space))
    report_race(memory, unit, cell.other_reader, false, true);
  (atomic ? cell.atomic : cell.writer) = now;
}

// ---------------------------------------------------------------- bounds

bool inside(const Memory& memory, const char* address, uint32_t bytes, const char* doing) {
  const int64_t offset = address - memory.base;
  if (offset >= 0 && static_cast<uint64_t>(offset) + bytes <= memory.bytes) return true;
  Finding* finding = found(Kind::BOUNDS, memory.name, here(), 0);
  if (!finding) return false;
  describe(finding->site, doing);
  finding->index = offset >= 0 ? offset / memory.unit : -((-offset + memory.unit - 1) / memory.unit);
  finding->extent = static_cast<int64_t>(memory.bytes / memory.unit);
  return false;
}

// ---------------------------------------------------------------- memories

constexpr int MOST_REGIONS = 256;
Memory regions[MOST_REGIONS];
char region_names[MOST_REGIONS][64];
bool region_tracked[MOST_REGIONS];
int region_count;
int unwatched;  // regions too large to detect races in

constexpr uint64_t MOST_CELL_BYTES = uint64_t{512} << 20;

uint64_t units(const Memory& memory) { return memory.bytes / memory.unit + 1; }

// Maps one zeroed record for each unit; pages cost nothing until touched. Null without memory.
void* mapped(uint64_t bytes) {
  void* records = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return records == MAP_FAILED ? nullptr : records;
}

// Cells of arrays of earlier launches: what they record is older than this launch, so they need
// not be cleared, which costs more than a quick kernel does.
struct Spare {
  void* cells;
  uint64_t bytes;
};
constexpr int MOST_SPARE = 8;
constexpr uint64_t MOST_SPARE_BYTES = uint64_t{64} << 20;
Spare spare[MOST_SPARE];

uint64_t cell_bytes(const Memory& memory) { return units(memory) * sizeof(Cell); }

Cell* cells_for(const Memory& memory) {
  const uint64_t bytes = cell_bytes(memory);
  for (Spare& kept : spare) {
    if (kept.bytes != bytes) continue;
    kept.bytes = 0;
    return static_cast<Cell*>(kept.cells);
  }
  return static_cast<Cell*>(mapped(bytes));
}

void forget_cells(Memory& memory) {
  if (!memory.cells) return;
  const uint64_t bytes = cell_bytes(memory);
  Spare* free_place = nullptr;
  for (Spare& kept : spare)
    if (!kept.bytes) free_place = &kept;
  if (free_place && bytes <= MOST_SPARE_BYTES)
    *free_place = {memory.cells, bytes};
  else
    munmap(memory.cells, bytes);
  memory.cells = nullptr;
}

Origin* origins_for(const Memory& memory) {
  return static_cast<Origin*>(mapped(units(memory) * sizeof(Origin)));
}

void forget_origins(Memory& memory) {
  if (memory.origins) munmap(memory.origins, units(memory) * sizeof(Origin));
  memory.origins = nullptr;
}

}  // namespace

void at(int line) {
  line_of[current->number] = line;
  origin_of_statement[current->number] = deciding[current->number];
}

int current_line() { return here(); }

Origin decide(Origin origin) {
  const Origin before = deciding[current->number];
  deciding[current->number] = origin;
  return before;
}

uint32_t take_origin() { return origin_of_statement[current->number]; }

Origin replace_origin(Origin origin) {
  const Origin before = origin_of_statement[current->number];
  origin_of_statement[current->number] = origin;
  return before;
}

void add_origin(uint32_t origin) {
  if (origin) origin_of_statement[current->number] = last_origin[current->number] = origin;
}

uint32_t absent_lane(unsigned lane) {
  return origin_at("lane", lane);
}

uint32_t unfilled_fragment() {
  return origin_at("fragment", 0);
}

bool on_read(const Memory& memory, const char* address, uint32_t bytes, bool in_step) {
  if (!inside(memory, address, bytes, "reads")) return false;
  const uint64_t first = (address - memory.base) / memory.unit;
  const uint64_t last = (address - memory.base + bytes - 1) / memory.unit;
  for (uint64_t unit = first; unit <= last; ++unit) {
    if (memory.origins && memory.origins[unit])
      add_origin(memory.origins[unit] == NEVER_WRITTEN ? origin_at(memory.name, unit)
                                                       : memory.origins[unit]);
    if (memory.cells) note_read(memory, memory.cells[unit], unit, in_step);
  }
  return true;
}

bool on_write(const Memory& memory, const char* address, uint32_t bytes, bool in_step,
              const void* value) {
  if (!inside(memory, address, bytes, "writes")) return false;
  const uint64_t first = (address - memory.base) / memory.unit;
  const uint64_t last = (address - memory.base + bytes - 1) / memory.unit;
  const Origin origin = origin_of_statement[current->number];
  if (origin && !memory.origins) report_uninitialised(memory, address, origin);
  const bool agrees = memory.cells && !std::memcmp(address, value, bytes);
  for (uint64_t unit = first; unit <= last; ++unit) {
    if (memory.origins) memory.origins[unit] = origin;
    if (memory.cells) note_write(memory, memory.cells[unit], unit, false, in_step, agrees);
  }
  return true;
}

bool on_atomic(const Memory& memory, const char* address, uint32_t bytes) {
  if (!inside(memory, address, bytes, "writes")) return false;
  const uint64_t unit = (address - memory.base) / memory.unit;
  if (memory.origins && memory.origins[unit] == NEVER_WRITTEN)
    memory.origins[unit] = origin_at(memory.name, unit);
  if (memory.cells) note_write(memory, memory.cells[unit], unit, true, false, false);
  return true;
}

void on_poison(const Memory& memory, const char* address) {
  const Origin last = last_origin[current->number];
  if (memory.space == Space::GLOBAL && !memory.origins && last)
    report_uninitialised(memory, address, last);
}

Memory* memory_of(void* address, const char* name, uint32_t unit) {
  char* pointer = static_cast<char*>(address);
  for (int i = 0; i < region_count; ++i) {
    Memory& region = regions[i];
    if (pointer < region.base || pointer >= region.base + region.bytes) continue;
    // A region's units are those of the first kernel that uses it.
    if (!region.unit) region.unit = unit;
    if (!region.cells) {
      if (cell_bytes(region) <= MOST_CELL_BYTES) region.cells = cells_for(region);
      unwatched += !region.cells;
    }
    if (!region.origins && region_tracked[i]) {
      region.origins = origins_for(region);
      if (region.origins) std::memset(region.origins, 0xFF, units(region) * sizeof(Origin));
    }
    if (!region_names[i][0]) std::snprintf(region_names[i], sizeof region_names[i], "%s", name);
    return &region;
  }
  return nullptr;
}

// ---------------------------------------------------------------- launches and blocks

void enter_shared(Memory& memory, uint32_t& block) {
  if (block == blocks_begun) return;
  block = blocks_begun;
  if (!memory.cells) memory.cells = cells_for(memory);
  if (!memory.origins) memory.origins = origins_for(memory);
  if (memory.origins) std::memset(memory.origins, 0xFF, units(memory) * sizeof(Origin));
}

void begin_block() {
  poison_shared();
  std::memset(deciding, 0, sizeof deciding);
  const uint32_t since = ++blocks_begun - first_block_of_launch;
  if (since < MOST_NUMBERS) numbers[since] = block_number;
}

void begin_launch(bool checked) {
  keep_clocks(checked);
  first_block_of_launch = blocks_begun + 1;
  // Launches are ordered: one may read what an earlier one wrote.
  for (int i = 0; i < region_count; ++i) forget_cells(regions[i]);
}

extern "C" __attribute__((visibility("default"))) void emulator_region(void* address,
                                                                       uint64_t bytes,
                                                                       const char* name,
                                                                       int initialised) {
  if (region_count == MOST_REGIONS) return;
  std::snprintf(region_names[region_count], sizeof region_names[0], "%s", name);
  region_tracked[region_count] = !initialised;
  regions[region_count] = {static_cast<char*>(address), bytes, region_names[region_count],
                           Space::GLOBAL, 0, nullptr, nullptr};
  ++region_count;
}

extern "C" __attribute__((visibility("default"))) int emulator_unwatched() { return unwatched; }
extern "C" __attribute__((visibility("default"))) int emulator_lockstep() {
  return lockstep_mattered;
}

extern "C" __attribute__((visibility("default"))) void emulator_forget_regions() {
  unwatched = 0;
  lockstep_mattered = false;
  for (int i = 0; i < region_count; ++i) {
    forget_cells(regions[i]);
    forget_origins(regions[i]);
  }
  region_count = 0;
}

}  // namespace emulator
