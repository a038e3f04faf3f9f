// Run the threads of a block in turn, switching where they wait for each other.
#pragma once
#include <cstdint>

#include "findings.h"

namespace emulator {

// DIVERGED: the other lanes of a warp that runs as one value wait, and this one is elsewhere.
enum class State : uint8_t { RUNNING, AT_BARRIER, AT_WARP, AT_PLACE, DIVERGED, FINISHED };

// The kind of a warp operation: lanes meet only in the same kind. For one on a TILE all lanes of the
// warp have to meet, at the same line: PTX defines no other case, that of finished lanes included.
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
  int place;              // AT_PLACE: its position in the order of the text
  const char* waits_for;  // "__syncthreads" ...
  unsigned mask;          // lanes it waits for
  unsigned source;        // lane whose value it wants
  unsigned peers;         // lanes it met
  uint64_t posted;        // the value it sends; a predicate for votes and barriers
  uint64_t received;
  uint32_t posted_origin;  // checked mode: the origin of an uninitialised posted value, else 0
  uint32_t received_origin;
  uint32_t count;  // barriers: threads whose predicate held
};

extern Thread threads[MOST_THREADS];

// The running thread, block and launch: there is one operating system thread. Of a kernel whose
// warps run as one, the current thread is the first of the running warp.
extern Thread* current;
extern Index3 thread_index, block_index, block_extent, grid_extent;
extern uint32_t block_number;
extern uint32_t barriers;  // passed in this block so far
extern uint64_t barriers_of_launch;  // in all blocks of the last launch

// Suspend the current thread until all threads that it waits for have arrived.
void wait_for_block(int line, const char* what, bool predicate);
void wait_for_warp(Operation operation, int line, const char* what, unsigned mask);
// Suspends it until no lane of the warp can run, then resumes all lanes at the same place.
void wait_at_place(int place);

// Suspends the running warp, whose lanes wait.
void suspend_warp();

namespace warps {
// Called before each launch: the threads of a block have their indices.
void arrange_warps(unsigned count);
// Called before a warp begins, and after it has run.
void begin_block(unsigned warp);
void finish();
// Lets the first warps of a block go on if all their lanes are at a barrier.
bool release(unsigned warps);
// Says of each thread of these warps where it is.
void describe_lanes(unsigned warps);
}  // namespace warps

enum Order : int32_t { FORWARD, REVERSED, SHUFFLED };

struct Launch {
  uint32_t grid[3];
  uint32_t block[3];
  uint32_t dynamic_bytes;  // of shared memory
  uint32_t stack_bytes;    // of each fiber
  int32_t fibers;          // whether threads wait anywhere in the text
  int32_t warps;           // whether a call runs all lanes of a warp: see warps/lanes.h
  uint32_t first_block;    // of those to run, in the order of their numbers
  uint32_t last_block;     // exclusive; 0 for all
  int32_t order;
  uint64_t seed;
};

enum Ending : int { DONE, STUCK, NO_MEMORY };

// Runs a launch. STUCK is a deadlock, which a finding describes.
Ending run(void (*kernel)(void**), void** arguments, const Launch& launch);

// Called before each launch, ahead of its arguments, and before each block: they reset what checked
// mode recorded of earlier ones.
void begin_launch(bool checked);
void begin_block();

}  // namespace emulator
