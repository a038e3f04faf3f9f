// What checked mode knows of every byte: whether it was written, by whom, and since which barrier.
#pragma once
#include <cstdint>

#include "scheduler.h"

namespace emulator {

enum class Space : uint8_t { GLOBAL, SHARED, LOCAL };

// An access: which thread of which block, in which phase between barriers, in which line.
struct Access {
  uint32_t block;  // number since the program began, from 1; 0 for no access
  uint32_t barriers;
  uint32_t time;  // of the thread, as clocks.h counts
  uint32_t line : 20;
  uint32_t thread : 10;
  uint32_t atomic : 1;
  uint32_t in_step : 1;  // through a volatile pointer
};
static_assert(sizeof(Access) == 16, "four make a line of the processor's cache");

// The last accesses of one unit of memory. Two readers: a writer races with either. An atomic write
// stands by itself: it races with none of its kind, and must not hide a plain one before it.
struct Cell {
  Access writer, atomic, reader, other_reader;
};

// Why a value is not initialised: 0 where it is, else a number that `origin_of` explains.
using Origin = uint32_t;
constexpr Origin NEVER_WRITTEN = ~0u;

struct Memory {
  char* base;
  uint64_t bytes;
  const char* name;
  Space space;
  uint32_t unit;    // bytes that one cell and one origin stand for
  Cell* cells;      // null where races are not looked for
  Origin* origins;  // null where everything counts as initialised
};

// All return whether the access lies inside; they report what is wrong with it.
bool on_read(const Memory& memory, const char* address, uint32_t bytes, bool in_step = false);
bool on_write(const Memory& memory, const char* address, uint32_t bytes, bool in_step = false);
bool on_atomic(const Memory& memory, const char* address, uint32_t bytes);

// A value with the bits of poison is about to be stored in global memory.
void on_poison(const Memory& memory, const char* address);

// The memory that a kernel's pointer argument points into.
Memory* memory_of(void* address, const char* name, uint32_t unit);

// Called by each thread where a shared array is declared: the first of a block forgets what the
// block before did. `block` is the array's own note of the last block.
void enter_shared(Memory& memory, uint32_t& block);

// Every statement begins so: its line, and nothing uninitialised seen in it yet but what decided
// that it runs.
void at(int line);

// Sets what the statement has seen so far, and returns what that was.
Origin replace_origin(Origin origin);

// Sets what decides over the statements to come, and returns what did before.
Origin decide(Origin origin);

}  // namespace emulator
