// A site remembers the shapes of its last requests: one of the same shape costs a comparison. What
// that needs lies together, as a kernel whose loops are unrolled has thousands of sites.
#include "counting.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include "pictures.h"
#include "request_cost.h"

namespace emulator {
namespace warps {

bool counting;

namespace {

constexpr unsigned SHAPES = 4;  // of a site
constexpr uint64_t MOST_BYTES = uint64_t{1} << 31;  // differences of addresses fit in 32 bits

typedef uint64_t Wide __attribute__((vector_size(32), may_alias));
typedef uint32_t Narrow __attribute__((vector_size(16), may_alias));
constexpr unsigned PARTS = WARP / 4;

// Requests that differ by whole sectors, or by whole words of shared memory, cost the same.
struct Shape {
  alignas(32) uint32_t from_first[WARP];  // bytes from the address of the first active lane
  uint64_t count;
  Mask mask;
  uint32_t phase;  // of the first address
};

// The shape of a site's last request, and how the site is found.
struct alignas(64) Latest {
  Shape shape;
  Place place;
  uint32_t key;   // what it does, the space, the bytes
  uint32_t next;  // the site of the request that came after it
};
static_assert(sizeof(Latest) == 192, "three cache lines");

// Its shapes before that, and what each costs.
struct Earlier {
  Shape shape[SHAPES];
  RequestCost cost[SHAPES], latest_cost;
  unsigned oldest;
};

SiteCount sites[MOST_SITES];
Latest newest[MOST_SITES];
Earlier earlier[MOST_SITES];
unsigned site_count, last_site;
uint64_t sites_lost;
uint16_t slots[2 * MOST_SITES];  // number of a site plus 1
uint64_t statement_lanes[MOST_STATEMENTS];
BranchCount branches[MOST_BRANCHES];

uint32_t key_of(Does does, Space space, uint32_t bytes) {
  return static_cast<uint32_t>(does) | static_cast<uint32_t>(space) << 8 | bytes << 16;
}

[[gnu::noinline]] unsigned found_site(Place place, uint32_t key, const char* name) {
  constexpr unsigned MOST_SLOTS = 2 * MOST_SITES;
  const uint64_t mixed = (static_cast<uint64_t>(place) * 3 + key) * 0x9E3779B97F4A7C15ull;
  unsigned slot = static_cast<unsigned>(mixed >> 40) % MOST_SLOTS;
  for (; slots[slot]; slot = (slot + 1) % MOST_SLOTS) {
    const Latest& known = newest[slots[slot] - 1u];
    if (known.place == place && known.key == key) return slots[slot] - 1u;
  }
  if (site_count == MOST_SITES) {
    ++sites_lost;
    return MOST_SITES;
  }
  SiteCount& fresh = sites[site_count];
  fresh.place = newest[site_count].place = place;
  newest[site_count].key = key;
  fresh.does = key & 0xFF;
  fresh.space = key >> 8 & 0xFF;
  fresh.bytes = key >> 16;
  std::snprintf(fresh.buffer, sizeof fresh.buffer, "%s", name);
  slots[slot] = static_cast<uint16_t>(site_count + 1);
  return site_count++;
}

// Returns the number of a site; MOST_SITES where there is no room.
inline unsigned site_of(Place place, uint32_t key, const char* name) {
  const unsigned expected = newest[last_site].next;
  if (newest[expected].place == place && newest[expected].key == key) return last_site = expected;
  const unsigned number = found_site(place, key, name);
  if (number == MOST_SITES) return number;
  newest[last_site].next = number;
  return last_site = number;
}

// ---------------------------------------------------------------- shapes

void settle(SiteCount& site, Shape& shape, const RequestCost& cost) {
  const uint64_t count = shape.count;
  shape.count = 0;
  if (!count) return;
  const unsigned lanes = __builtin_popcount(shape.mask);
  site.requests += count;
  site.lanes += count * lanes;
  site.by_lanes[lanes] += count;
  site.sectors += count * cost.sectors;
  site.ideal_sectors += count * cost.ideal_sectors;
  site.wavefronts += count * cost.wavefronts;
  site.least_wavefronts += count * cost.least_wavefronts;
  site.ideal_wavefronts += count * cost.ideal_wavefronts;
  site.asked += count * lanes * site.bytes;
  site.used += count * cost.used;
  site.most_on_one = std::max(site.most_on_one, cost.most_on_one);
}

void settle_all() {
  for (unsigned i = 0; i < site_count; ++i) {
    settle(sites[i], newest[i].shape, earlier[i].latest_cost);
    for (unsigned k = 0; k < SHAPES; ++k)
      settle(sites[i], earlier[i].shape[k], earlier[i].cost[k]);
  }
}

Narrow lanes_of(Mask four) {
  return Narrow{0u - (four & 1), 0u - (four >> 1 & 1), 0u - (four >> 2 & 1), 0u - (four >> 3 & 1)};
}

// Whether the addresses of a mask's lanes lie from the first one as those of a shape do.
inline bool matches(const Wide* addresses, Mask mask, uint32_t first, const uint32_t* shape) {
  const Narrow* expected = reinterpret_cast<const Narrow*>(shape);
  Narrow differ{};
  for (unsigned i = 0; i < PARTS; ++i) {
    const Narrow from = __builtin_convertvector(addresses[i], Narrow) - first;
    const Narrow wrong = from ^ expected[i];
    differ |= mask == FULL ? wrong : wrong & lanes_of(mask >> 4 * i);
  }
  uint64_t halves[2];
  std::memcpy(halves, &differ, sizeof halves);
  return !(halves[0] | halves[1]);
}

void note_worst(SiteCount& site, const RequestCost& cost, const Lanes<int64_t>& offsets, Mask mask) {
  if (cost.sectors <= site.worst_sectors && cost.wavefronts <= site.worst_wavefronts) return;
  site.worst_sectors = cost.sectors;
  site.worst_wavefronts = cost.wavefronts;
  site.block = block_index;
  site.warp = first_thread / WARP;
  for (unsigned lane = 0; lane < WARP; ++lane)
    site.offsets[lane] = has(mask, lane) ? offsets.at[lane] : -1;
}

// Makes another shape that of the site's last request: an earlier one, or a new one.
[[gnu::noinline]] void change_shape(unsigned number, const Request& request, Mask mask,
                                    uint32_t first, uint32_t phase) {
  const Wide* addresses = reinterpret_cast<const Wide*>(request.addresses->at);
  Earlier& before = earlier[number];
  Shape& current = newest[number].shape;
  for (unsigned i = 0; i < SHAPES; ++i) {
    const Shape& shape = before.shape[i];
    if (shape.mask != mask || shape.phase != phase ||
        !matches(addresses, mask, first, shape.from_first))
      continue;
    std::swap(before.shape[i], current);
    std::swap(before.cost[i], before.latest_cost);
    return;
  }
  settle(sites[number], before.shape[before.oldest], before.cost[before.oldest]);
  before.shape[before.oldest] = current;
  before.cost[before.oldest] = before.latest_cost;
  before.oldest = (before.oldest + 1) % SHAPES;
  Lanes<int64_t> offsets;
  for (unsigned lane = 0; lane < WARP; ++lane) {
    const char* address = request.addresses->at[lane];
    offsets.at[lane] = address - request.memory->base;
    current.from_first[lane] = static_cast<uint32_t>(reinterpret_cast<uint64_t>(address)) - first;
  }
  current.count = 0;
  current.mask = mask;
  // One that shall not be found again matches no phase.
  current.phase = request.memory->bytes < MOST_BYTES ? phase : ~0u;
  before.latest_cost = cost_of(offsets, mask, request.bytes, request.memory->space);
  note_worst(sites[number], before.latest_cost, offsets, mask);
}

// The distinct bytes of a tile within its memory, and the sectors that hold them.
struct Footprint {
  uint64_t bytes = 0, sectors = 0;
  int64_t end = 0, next_sector = 0;  // beyond what was added

  // Adds bytes that begin no earlier than those before.
  void add(int64_t first, int64_t last, int64_t limit) {
    first = std::max(first, end);
    last = std::min(last, limit);
    if (first >= last) return;
    bytes += last - first;
    end = last;
    const int64_t after = (last - 1) / SECTOR + 1;
    sectors += after - std::max<int64_t>(first / SECTOR, next_sector);
    next_sector = after;
  }
};

Footprint footprint_of(const TileAccess& tile) {
  const int64_t bytes = tile.bytes, limit = static_cast<int64_t>(tile.memory->bytes);
  const bool by_rows = tile.column_step == 1;
  const int64_t runs = by_rows ? tile.rows : tile.columns;
  const int64_t length = by_rows ? tile.columns : tile.rows;
  const int64_t step = by_rows ? tile.row_step : tile.column_step;
  Footprint result;
  for (int64_t i = 0; i < runs; ++i) {
    const int64_t run = step < 0 ? runs - 1 - i : i;
    const int64_t first = tile.first - tile.memory->base + run * step * bytes;
    result.add(first, first + length * bytes, limit);
  }
  return result;
}

}  // namespace

// ---------------------------------------------------------------- counting

void count_request(const Request& request, Mask in, Does does) {
  if (!in) return;
  const Memory& memory = *request.memory;
  if (picturing) picture(request, in);
  const unsigned number =
      site_of(request.site, key_of(does, memory.space, request.bytes), memory.name);
  if (number == MOST_SITES) return;
  const char* address = request.addresses->at[__builtin_ctz(in)];
  const uint32_t phase = static_cast<uint32_t>(address - memory.base) &
                         (memory.space == Space::GLOBAL ? SECTOR - 1 : WORD - 1);
  const uint32_t first = static_cast<uint32_t>(reinterpret_cast<uint64_t>(address));
  Shape& shape = newest[number].shape;
  if (shape.mask != in || shape.phase != phase ||
      !matches(reinterpret_cast<const Wide*>(request.addresses->at), in, first, shape.from_first))
    change_shape(number, request, in, first, phase);
  ++shape.count;
}

void count_atomic(const Request& request) {
  Mask in = 0;
  for (unsigned lane = 0; lane < WARP; ++lane) {
    const uint64_t offset = request.addresses->at[lane] - request.memory->base;
    const bool inside = offset + request.bytes <= request.memory->bytes;
    in |= static_cast<Mask>(inside) << lane;
  }
  count_request(request, in & request.mask, Does::ATOMIC);
}

void count_own(Place place, Mask mask, Does does, uint32_t bytes, const char* name) {
  if (!mask) return;  // a site has a request at least
  const unsigned number = site_of(place, key_of(does, Space::LOCAL, bytes), name);
  if (number == MOST_SITES) return;
  Shape& shape = newest[number].shape;
  if (shape.mask != mask) {
    settle(sites[number], shape, earlier[number].latest_cost);
    shape.mask = mask;
    earlier[number].latest_cost = {};
    earlier[number].latest_cost.used = __builtin_popcount(mask) * bytes;
  }
  ++shape.count;
}

void count_tile(const TileAccess& tile) {
  const Memory& memory = *tile.memory;
  if (picturing) picture(tile);
  const unsigned number =
      site_of(tile.site, key_of(Does::FRAGMENT, memory.space, tile.bytes), memory.name);
  if (number == MOST_SITES) return;
  const unsigned elements = tile.rows * tile.columns;
  const Footprint footprint = footprint_of(tile);
  SiteCount& site = sites[number];
  ++site.requests;
  ++site.by_lanes[WARP];
  site.lanes += WARP;
  site.asked += elements * tile.bytes;
  site.used += footprint.bytes;
  if (memory.space != Space::GLOBAL) return;
  site.sectors += footprint.sectors;
  site.ideal_sectors += (footprint.bytes + SECTOR - 1) / SECTOR;
}

void did(unsigned statement, Mask mask) { statement_lanes[statement] += __builtin_popcount(mask); }

void divide(unsigned branch, Mask mask, Mask taken) {
  branches[branch].warps += mask != 0;
  branches[branch].divided += taken && taken != mask;
}

}  // namespace warps

// ---------------------------------------------------------------- read by Python

#define EMULATOR_EXPORT extern "C" __attribute__((visibility("default")))

// Begins to count, with nothing counted so far.
EMULATOR_EXPORT void emulator_count(int wanted) {
  using namespace warps;
  counting = wanted != 0;
  std::memset(static_cast<void*>(sites), 0, site_count * sizeof *sites);
  std::memset(static_cast<void*>(newest), 0, site_count * sizeof *newest);
  std::memset(static_cast<void*>(earlier), 0, site_count * sizeof *earlier);
  std::memset(slots, 0, sizeof slots);
  site_count = last_site = 0;
  sites_lost = 0;
}

EMULATOR_EXPORT unsigned emulator_count_sites() {
  warps::settle_all();
  return warps::site_count;
}
EMULATOR_EXPORT const void* emulator_counted_sites() { return warps::sites; }
EMULATOR_EXPORT void* emulator_counted_statements() { return warps::statement_lanes; }
EMULATOR_EXPORT void* emulator_counted_branches() { return warps::branches; }
EMULATOR_EXPORT uint64_t emulator_counts_lost() { return warps::sites_lost; }

// The accesses of single threads to global and shared memory.
EMULATOR_EXPORT uint64_t emulator_counted_accesses() {
  using namespace warps;
  settle_all();
  uint64_t total = 0;
  for (unsigned i = 0; i < site_count; ++i) {
    const bool tiles = sites[i].does == static_cast<int32_t>(Does::FRAGMENT);
    if (sites[i].space == static_cast<int32_t>(Space::LOCAL)) continue;
    total += tiles ? sites[i].asked / sites[i].bytes : sites[i].lanes;
  }
  return total;
}

#undef EMULATOR_EXPORT

}  // namespace emulator
