// A site remembers the shapes of its last requests: one of the same shape costs a comparison.
#include "counting.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace emulator {
namespace warps {

bool counting;

namespace {

constexpr unsigned SECTOR = 32, BANKS = 32, WORD = 4;
constexpr unsigned SHAPES = 4;  // of a site
constexpr uint64_t MOST_BYTES = uint64_t{1} << 31;  // differences of addresses fit in 32 bits

typedef uint64_t Wide __attribute__((vector_size(32), may_alias));
typedef uint32_t Narrow __attribute__((vector_size(16), may_alias));
constexpr unsigned PARTS = WARP / 4;

// What one request costs.
struct RequestCost {
  uint32_t sectors, ideal_sectors, wavefronts, least_wavefronts, ideal_wavefronts, used,
      most_on_one;
};

// Requests that differ by whole sectors, or by whole words of shared memory, cost the same.
struct Shape {
  alignas(32) uint32_t from_first[WARP];  // bytes from the address of the first active lane
  uint64_t count;
  Mask mask;
  uint32_t phase;  // of the first address
  RequestCost cost;
};

struct Shapes {
  Shape shape[SHAPES];
  unsigned latest, next;
};

SiteCount sites[MOST_SITES];
Shapes shapes[MOST_SITES];
unsigned site_count;
uint64_t sites_lost, accesses;
uint16_t slots[2 * MOST_SITES];  // number of a site plus 1
uint64_t statement_lanes[MOST_STATEMENTS];
BranchCount branches[MOST_BRANCHES];

// Returns the number of a site; MOST_SITES where there is no room.
unsigned site_of(Place place, Does does, Space space, uint32_t bytes, const char* name) {
  const uint64_t key = static_cast<uint64_t>(place) * 3 + static_cast<uint64_t>(does);
  unsigned slot = static_cast<unsigned>(key * 0x9E3779B97F4A7C15ull >> 50) % (2 * MOST_SITES);
  for (; slots[slot]; slot = (slot + 1) % (2 * MOST_SITES)) {
    const unsigned i = slots[slot] - 1u;
    const SiteCount& known = sites[i];
    if (known.place == place && known.does == static_cast<int32_t>(does) &&
        known.space == static_cast<int32_t>(space) && known.bytes == bytes)
      return i;
  }
  if (site_count == MOST_SITES) {
    ++sites_lost;
    return MOST_SITES;
  }
  SiteCount& fresh = sites[site_count];
  fresh.place = place;
  fresh.does = static_cast<int32_t>(does);
  fresh.space = static_cast<int32_t>(space);
  fresh.bytes = bytes;
  std::snprintf(fresh.buffer, sizeof fresh.buffer, "%s", name);
  slots[slot] = static_cast<uint16_t>(site_count + 1);
  return site_count++;
}

// ---------------------------------------------------------------- one request

// Returns the rounds that the banks need for the lanes of a mask: those of the busiest bank. Lanes
// that want the same word of 4 bytes share it.
unsigned rounds(const Lanes<int64_t>& offsets, Mask mask, uint32_t bytes) {
  int64_t word_of[BANKS][WARP];  // a lane's own words lie in different banks
  uint8_t words[BANKS] = {};
  unsigned most = 0;
  for (; mask; mask &= mask - 1) {
    const int64_t first = offsets.at[__builtin_ctz(mask)];
    for (int64_t word = first / WORD; word <= (first + bytes - 1) / WORD; ++word) {
      const unsigned bank = static_cast<unsigned>(word % BANKS);
      unsigned i = 0;
      while (i < words[bank] && word_of[bank][i] != word) ++i;
      if (i < words[bank]) continue;
      word_of[bank][words[bank]++] = word;
      most = std::max<unsigned>(most, words[bank]);
    }
  }
  return most;
}

// Whether all lanes ask for the same as the lane whose number differs by `bit`.
bool in_pairs(const Lanes<int64_t>& offsets, Mask mask, unsigned bit) {
  for (unsigned lane = 0; lane < WARP; ++lane)
    if (has(mask, lane) && has(mask, lane ^ bit) && offsets.at[lane] != offsets.at[lane ^ bit])
      return false;
  return true;
}

void add_rounds(RequestCost& cost, const Lanes<int64_t>& offsets, Mask mask, uint32_t bytes) {
  const unsigned parts = bytes > 8 ? 4 : bytes > 4 ? 2 : 1, size = WARP / parts;
  const Mask one = parts == 1 ? FULL : (Mask{1} << size) - 1;
  for (unsigned part = 0; part < parts; ++part) {
    const Mask some = mask & one << part * size;
    if (!some) continue;
    ++cost.ideal_wavefronts;
    cost.wavefronts += rounds(offsets, some, bytes);
  }
  cost.least_wavefronts = cost.wavefronts;
  if (parts == 1 || !(in_pairs(offsets, mask, 1) || in_pairs(offsets, mask, 2))) return;
  cost.least_wavefronts = 0;
  for (unsigned part = 0; part < parts; part += 2) {
    const Mask some = mask & (one | one << size) << part * size;
    if (some) cost.least_wavefronts += rounds(offsets, some, bytes);
  }
}

RequestCost cost_of(const Lanes<int64_t>& offsets, Mask mask, uint32_t bytes, Space space) {
  RequestCost cost{};
  int64_t sorted[WARP];
  unsigned count = 0;
  for (Mask rest = mask; rest; rest &= rest - 1) {
    const int64_t offset = offsets.at[__builtin_ctz(rest)];
    unsigned i = count++;
    for (; i && sorted[i - 1] > offset; --i) sorted[i] = sorted[i - 1];
    sorted[i] = offset;
  }
  int64_t end = -1, sector = -1;
  for (unsigned i = 0, same = 0; i < count; ++i) {
    same = i && sorted[i] == sorted[i - 1] ? same + 1 : 1;
    cost.most_on_one = std::max(cost.most_on_one, same);
    const int64_t after = sorted[i] + bytes;
    cost.used += static_cast<uint32_t>(after - std::min(after, std::max(end, sorted[i])));
    end = after;
    const int64_t first = std::max(sector + 1, sorted[i] / SECTOR), last = (after - 1) / SECTOR;
    if (last < first) continue;
    cost.sectors += static_cast<uint32_t>(last - first + 1);
    sector = last;
  }
  if (space == Space::GLOBAL) {
    cost.ideal_sectors = (cost.used + SECTOR - 1) / SECTOR;
    return cost;
  }
  cost.sectors = 0;
  add_rounds(cost, offsets, mask, bytes);
  return cost;
}

// ---------------------------------------------------------------- shapes

void settle(SiteCount& site, Shape& shape) {
  const uint64_t count = shape.count;
  shape.count = 0;
  if (!count) return;
  const unsigned lanes = __builtin_popcount(shape.mask);
  const RequestCost& cost = shape.cost;
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

const Narrow* lanes_of(Mask four) {
  static constexpr struct {
    alignas(16) uint32_t at[16][4];
  } all = {{{0, 0, 0, 0},      {~0u, 0, 0, 0},      {0, ~0u, 0, 0},      {~0u, ~0u, 0, 0},
            {0, 0, ~0u, 0},    {~0u, 0, ~0u, 0},    {0, ~0u, ~0u, 0},    {~0u, ~0u, ~0u, 0},
            {0, 0, 0, ~0u},    {~0u, 0, 0, ~0u},    {0, ~0u, 0, ~0u},    {~0u, ~0u, 0, ~0u},
            {0, 0, ~0u, ~0u},  {~0u, 0, ~0u, ~0u},  {0, ~0u, ~0u, ~0u},  {~0u, ~0u, ~0u, ~0u}}};
  return reinterpret_cast<const Narrow*>(all.at[four & 15]);
}

void from_first(const Request& request, Mask mask, uint32_t first, uint32_t* result) {
  const Wide* addresses = reinterpret_cast<const Wide*>(request.addresses->at);
  for (unsigned i = 0; i < PARTS; ++i) {
    const Narrow low = __builtin_convertvector(addresses[i], Narrow);
    reinterpret_cast<Narrow*>(result)[i] = (low - first) & *lanes_of(mask >> 4 * i);
  }
}

bool same(const uint32_t* a, const uint32_t* b) {
  Narrow differ{};
  for (unsigned i = 0; i < PARTS; ++i)
    differ |= reinterpret_cast<const Narrow*>(a)[i] ^ reinterpret_cast<const Narrow*>(b)[i];
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

[[gnu::noinline]] Shape& new_shape(unsigned number, const Request& request, Mask mask,
                                   const uint32_t* deltas, uint32_t phase) {
  Shapes& known = shapes[number];
  Shape& shape = known.shape[known.next];
  known.latest = known.next;
  known.next = (known.next + 1) % SHAPES;
  settle(sites[number], shape);
  Lanes<int64_t> offsets;
  for (unsigned lane = 0; lane < WARP; ++lane)
    offsets.at[lane] = request.addresses->at[lane] - request.memory->base;
  std::memcpy(shape.from_first, deltas, sizeof shape.from_first);
  shape.mask = mask;
  // One that shall not be found again matches no phase.
  shape.phase = request.memory->bytes < MOST_BYTES ? phase : ~0u;
  shape.cost = cost_of(offsets, mask, request.bytes, request.memory->space);
  note_worst(sites[number], shape.cost, offsets, mask);
  return shape;
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

void clear() {
  site_count = 0;
  sites_lost = accesses = 0;
  std::memset(slots, 0, sizeof slots);
}

}  // namespace

// ---------------------------------------------------------------- counting

void count_request(const Request& request, Mask in, Does does) {
  if (!in) return;
  const Memory& memory = *request.memory;
  const unsigned number =
      site_of(request.site, does, memory.space, request.bytes, memory.name);
  if (number == MOST_SITES) return;
  const char* first = request.addresses->at[__builtin_ctz(in)];
  const uint32_t phase = static_cast<uint32_t>(first - memory.base) %
                         (memory.space == Space::GLOBAL ? SECTOR : WORD);
  alignas(32) uint32_t deltas[WARP];
  from_first(request, in, static_cast<uint32_t>(reinterpret_cast<uint64_t>(first)), deltas);
  Shapes& known = shapes[number];
  accesses += __builtin_popcount(in);
  for (unsigned i = 0; i < SHAPES; ++i) {
    const unsigned at = (known.latest + i) % SHAPES;
    Shape& shape = known.shape[at];
    if (shape.mask != in || shape.phase != phase || !same(shape.from_first, deltas)) continue;
    known.latest = at;
    ++shape.count;
    return;
  }
  ++new_shape(number, request, in, deltas, phase).count;
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
  const unsigned number = site_of(place, does, Space::LOCAL, bytes, name);
  if (number == MOST_SITES || !mask) return;
  const unsigned lanes = __builtin_popcount(mask);
  SiteCount& site = sites[number];
  ++site.requests;
  ++site.by_lanes[lanes];
  site.lanes += lanes;
  site.asked += lanes * bytes;
  site.used += lanes * bytes;
}

void count_tile(const TileAccess& tile) {
  const Memory& memory = *tile.memory;
  const unsigned number =
      site_of(tile.site, Does::FRAGMENT, memory.space, tile.bytes, memory.name);
  if (number == MOST_SITES) return;
  const unsigned elements = tile.rows * tile.columns;
  const Footprint footprint = footprint_of(tile);
  SiteCount& site = sites[number];
  ++site.requests;
  ++site.by_lanes[WARP];
  site.lanes += WARP;
  site.asked += elements * tile.bytes;
  site.used += footprint.bytes;
  accesses += elements;
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
  std::memset(static_cast<void*>(shapes), 0, site_count * sizeof *shapes);
  clear();
}

EMULATOR_EXPORT unsigned emulator_count_sites() {
  using namespace warps;
  for (unsigned i = 0; i < site_count; ++i)
    for (Shape& shape : shapes[i].shape) settle(sites[i], shape);
  return site_count;
}
EMULATOR_EXPORT const void* emulator_counted_sites() { return warps::sites; }
EMULATOR_EXPORT void* emulator_counted_statements() { return warps::statement_lanes; }
EMULATOR_EXPORT void* emulator_counted_branches() { return warps::branches; }
EMULATOR_EXPORT uint64_t emulator_counted_accesses() { return warps::accesses; }
EMULATOR_EXPORT uint64_t emulator_counts_lost() { return warps::sites_lost; }

#undef EMULATOR_EXPORT

}  // namespace emulator
