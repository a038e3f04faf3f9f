// Shadow memory of checked mode: for each unit its last accesses, and whether it was written.
#pragma once
#include <cstdint>

#include "scheduler.h"

namespace emulator {

enum class Space : uint8_t { GLOBAL, SHARED, LOCAL };

// An access: the thread and block, the number of barriers passed, the line.
struct Access {
  uint32_t block;  // counted from 1 over all launches; 0 for no access
  uint32_t barriers;
  uint32_t time;  // of the thread, as clocks.h counts
  uint32_t line : 20;
  uint32_t thread : 10;
  uint32_t atomic : 1;
  uint32_t in_step : 1;  // through a volatile pointer
};
static_assert(sizeof(Access) == 16, "four make a cache line");

// The last accesses of one unit of memory. Two readers are kept, as a writer races with either. The
// last atomic write is kept apart: it races with no other one, and must not hide a plain write.
struct Cell {
  Access writer, atomic, reader, other_reader;
};

// The origin of an uninitialised value: a number that `origin_of` explains; 0 if initialised.
using Origin = uint32_t;
constexpr Origin NEVER_WRITTEN = ~0u;

struct Memory {
  char* base;
  uint64_t bytes;
  const char* name;
  Space space;
  uint32_t unit;    // bytes per cell and per origin
  Cell* cells;      // null where races are not detected
  Origin* origins;  // null where all counts as initialised
};

// Return whether the access is within bounds, and report mistakes.
bool on_read(const Memory& memory, const char* address, uint32_t bytes, bool in_step = false);
bool on_write(const Memory& memory, const char* address, uint32_t bytes, bool in_step,
              const void* value);
bool on_atomic(const Memory& memory, const char* address, uint32_t bytes);

// Called before a value with the bits of poison is stored in global memory.
void on_poison(const Memory& memory, const char* address);

// Returns the memory that a kernel's pointer argument points into.
Memory* memory_of(void* address, const char* name, uint32_t unit);

// Called by each thread at the declaration of a shared array: the first thread of a block resets
// what was recorded of the block before. `block` is the last block that did so.
void enter_shared(Memory& memory, uint32_t& block);

// Called at the beginning of every statement: sets its line, and resets its origin to that of the
// condition that it depends on.
void at(int line);

// Sets the origin of the values read by the statement so far, and returns the one before.
Origin replace_origin(Origin origin);

// Sets the origin of the condition of the following statements, and returns the one before.
Origin decide(Origin origin);

}  // namespace emulator
