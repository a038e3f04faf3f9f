// Time is the number of requests of the kernel. What is kept has a size that no run exceeds.
#include "pictures.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace emulator {
namespace warps {

bool picturing;

namespace {

constexpr uint64_t MOST_TRACKED = 1 << 22;  // elements whose last accesses are kept
constexpr unsigned MOST_KERNELS = 256;
constexpr uint64_t FIRST_SLICE = 16;

BufferPicture pictures[MOST_PICTURES];
unsigned picture_count;
bool pictures_lost;  // whether there were more memories than that
int32_t kernel_number;
uint64_t requests_of[MOST_KERNELS], per_slice_of[MOST_KERNELS];
uint64_t block_began;       // the request of the kernel that was the first of its block
uint32_t block_of_request;  // counted from 1 over all launches

BufferPicture* picture_of(const Memory& memory) {
  const int32_t space = static_cast<int32_t>(memory.space);
  for (unsigned i = 0; i < picture_count; ++i) {
    BufferPicture& known = pictures[i];
    if (known.kernel == kernel_number && known.space == space && known.unit == memory.unit &&
        known.elements == memory.bytes / memory.unit && !std::strcmp(known.name, memory.name))
      return &known;
  }
  if (!memory.unit || memory.bytes < memory.unit) return nullptr;
  if (picture_count == MOST_PICTURES) {
    pictures_lost = true;
    return nullptr;
  }
  BufferPicture& fresh = pictures[picture_count];
  std::snprintf(fresh.name, sizeof fresh.name, "%s", memory.name);
  fresh.kernel = kernel_number;
  fresh.space = space;
  fresh.unit = memory.unit;
  fresh.elements = memory.bytes / memory.unit;
  fresh.per_cell = static_cast<uint32_t>((fresh.elements + MOST_CELLS - 1) / MOST_CELLS);
  fresh.counts = static_cast<uint32_t*>(std::calloc(MOST_SLICES * MOST_CELLS, sizeof(uint32_t)));
  fresh.distances = static_cast<double*>(std::calloc(MOST_CELLS, sizeof(double)));
  fresh.reuses = static_cast<uint64_t*>(std::calloc(MOST_CELLS, sizeof(uint64_t)));
  fresh.last = fresh.elements > MOST_TRACKED
                   ? nullptr
                   : static_cast<uint64_t*>(std::calloc(fresh.elements, sizeof(uint64_t)));
  if (!fresh.counts || !fresh.distances || !fresh.reuses) return nullptr;
  ++picture_count;
  return &fresh;
}

// Joins neighbouring slices of all pictures of the kernel.
void double_slices() {
  per_slice_of[kernel_number] *= 2;
  for (unsigned i = 0; i < picture_count; ++i) {
    if (pictures[i].kernel != kernel_number) continue;
    uint32_t* counts = pictures[i].counts;
    for (unsigned slice = 0; slice < MOST_SLICES; ++slice)
      for (unsigned cell = 0; cell < MOST_CELLS; ++cell) {
        const uint32_t count = counts[slice * MOST_CELLS + cell];
        counts[slice * MOST_CELLS + cell] = 0;
        counts[slice / 2 * MOST_CELLS + cell] += count;
      }
  }
}

// Where a request is counted.
struct Moment {
  BufferPicture* picture;  // null where there is none
  const Memory& memory;
  uint64_t now;
  uint32_t* counts;

  // Counts an access of some bytes of the memory.
  void touch(uint64_t offset, uint64_t bytes) const {
    const uint64_t end = (offset + bytes - 1) / memory.unit + 1;
    for (uint64_t element = offset / memory.unit; element < end && element < picture->elements;
         ++element) {
      const uint64_t cell = element / picture->per_cell;
      ++counts[cell];
      if (!picture->last) continue;
      const uint64_t before = picture->last[element];
      picture->last[element] = now;
      // Each block has shared memory of its own.
      const bool known = before && (memory.space == Space::GLOBAL || before >= block_began);
      if (!known || before == now) continue;
      picture->distances[cell] += static_cast<double>(now - before - 1);
      ++picture->reuses[cell];
    }
  }
};

// Begins another request of the kernel.
Moment next_moment(const Memory& memory) {
  if (block_of_request != blocks_begun) {
    block_of_request = blocks_begun;
    block_began = requests_of[kernel_number] + 1;
  }
  const uint64_t now = ++requests_of[kernel_number];
  if ((now - 1) / per_slice_of[kernel_number] >= MOST_SLICES) double_slices();
  BufferPicture* picture = picture_of(memory);
  const uint64_t slice = (now - 1) / per_slice_of[kernel_number];
  return {picture, memory, now, picture ? picture->counts + slice * MOST_CELLS : nullptr};
}

}  // namespace

void picture(const Request& request, Mask in) {
  const Memory& memory = *request.memory;
  const Moment moment = next_moment(memory);
  if (!moment.picture) return;
  for (; in; in &= in - 1)
    moment.touch(request.addresses->at[__builtin_ctz(in)] - memory.base, request.bytes);
}

void picture(const TileAccess& tile) {
  const Memory& memory = *tile.memory;
  const Moment moment = next_moment(memory);
  if (!moment.picture) return;
  for (int i = 0; i < tile.rows; ++i)
    for (int j = 0; j < tile.columns; ++j) {
      const uint64_t offset = tile.address(i, j) - memory.base;
      if (offset < memory.bytes) moment.touch(offset, tile.bytes);
    }
}

}  // namespace warps

extern "C" __attribute__((visibility("default"))) void emulator_pictures(int wanted) {
  using namespace warps;
  picturing = wanted != 0;
  for (unsigned i = 0; i < picture_count; ++i)
    for (void* held : {static_cast<void*>(pictures[i].counts),
                       static_cast<void*>(pictures[i].distances),
                       static_cast<void*>(pictures[i].reuses), static_cast<void*>(pictures[i].last)})
      std::free(held);
  picture_count = 0;
  pictures_lost = false;
  std::memset(requests_of, 0, sizeof requests_of);
  for (uint64_t& slice : per_slice_of) slice = FIRST_SLICE;
}

// Called before a launch with the kernel's number.
extern "C" __attribute__((visibility("default"))) void emulator_picture_kernel(int number) {
  using namespace warps;
  kernel_number = number % MOST_KERNELS;
}

extern "C" __attribute__((visibility("default"))) unsigned emulator_picture_count() {
  using namespace warps;
  for (unsigned i = 0; i < picture_count; ++i) {
    pictures[i].requests = requests_of[pictures[i].kernel];
    pictures[i].requests_per_slice = per_slice_of[pictures[i].kernel];
  }
  return picture_count;
}
extern "C" __attribute__((visibility("default"))) int emulator_pictures_lost() {
  return warps::pictures_lost;
}
extern "C" __attribute__((visibility("default"))) const void* emulator_picture_records() {
  return warps::pictures;
}

}  // namespace emulator
