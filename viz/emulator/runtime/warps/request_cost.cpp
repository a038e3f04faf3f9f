// The rules of global and of shared memory: see viz/model/catalog/cost_rules.toml.
#include "request_cost.h"

#include <algorithm>

namespace emulator {
namespace warps {

namespace {

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

}  // namespace

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

}  // namespace warps
}  // namespace emulator
