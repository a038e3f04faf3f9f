// Runs the threads of a block one after another, and hands over where they wait for each other.
#pragma once
#include <cstdint>

#include "findings.h"

namespace emulator {

enum class State : uint8_t { RUNNING, AT_BARRIER, AT_WARP, AT_PLACE, FINISHED };

// What a warp operation is: lanes meet only in the same one.
enum class Operation : uint8_t { SYNC, SHUFFLE, VOTE, TILE };

constexpr unsigned WARP = 32;
constexpr unsigned MOST_THREADS = 1024;

struct Thread {
  void* stack;
  Index3 index;
  unsigned number;  // in its block, x fastest
  State state;
  Operation operation;
  int line;               // where it waits
  int place;              // AT_PLACE: in the order of the text
  const char* waits_for;  // "__syncthreads" ...
  unsigned mask;          // lanes it waits for
  unsigned source;        // lane whose value it wants
  unsigned peers;         // lanes it met
  uint64_t posted;        // what it shows to the others; a predicate for votes and barriers
  uint64_t received;
  uint32_t posted_origin;  // checked mode: why the posted value is not initialised, 0 when it is
  uint32_t received_origin;
  uint32_t count;  // barriers: threads whose predicate held
};

// The launch, block and thread that run now: there is one operating system thread.
extern Thread* current;
extern Index3 thread_index, block_index, block_extent, grid_extent;
extern uint32_t block_number;
extern uint32_t barriers;  // met in this block so far

// Hands the current thread over until all that it waits for are there.
void wait_for_block(int line, const char* what, bool predicate);
void wait_for_warp(Operation operation, int line, const char* what, unsigned mask);
// Waits until no lane of the warp can move, and goes on with those at the same place.
void wait_at_place(int place);

enum Order : int32_t { FORWARD, REVERSED, SHUFFLED };

struct Launch {
  uint32_t grid[3];
  uint32_t block[3];
  uint32_t dynamic_bytes;  // of shared memory
  uint32_t stack_bytes;    // that a thread may need
  int32_t fibers;          // whether the text has anything to wait at
  int32_t order;
  uint64_t seed;
};

enum Ending : int { DONE, STUCK, NO_MEMORY };

// Stuck are threads that wait in vain; the finding says which.
Ending run(void (*kernel)(void**), void** arguments, const Launch& launch);

// Called before each launch, ahead of its arguments, and before each block: what the checked runtime
// knew of others ends there.
void begin_launch(bool checked);
void begin_block();

}  // namespace emulator
