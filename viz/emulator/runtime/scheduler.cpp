#include "scheduler.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <sys/mman.h>

#include "clocks.h"
#include "fibers.h"
#include "shared.h"
#include "warps/cooperation.h"

namespace emulator {

Thread threads[MOST_THREADS];
Thread* current;
Index3 thread_index, block_index, block_extent, grid_extent;
uint32_t block_number, barriers;
uint64_t barriers_of_launch;

namespace {

unsigned count;                // threads of a block
unsigned order[MOST_THREADS];  // order[32 w .. 32 w + 31]: the lanes of warp w in running order
unsigned warp_order[MOST_THREADS / WARP];  // the warps in running order
void* scheduler_stack;
void (*kernel)(void**);
void** arguments;
unsigned lanes_of_call;  // threads that one call of the kernel runs: 1, or those of a warp

void entry() {
  kernel(arguments);
  if (lanes_of_call == WARP) warps::finish();
  current->state = State::FINISHED;
  emulator_switch(&current->stack, scheduler_stack);
  std::abort();  // a finished thread is never resumed
}

void become(Thread& thread) {
  current = &thread;
  thread_index = thread.index;
  warps::first_thread = thread.number;
  warps::lane_order = order + thread.number;
}

void resume(Thread& thread) {
  become(thread);
  emulator_switch(&scheduler_stack, thread.stack);
}

void hand_over() { emulator_switch(&current->stack, scheduler_stack); }

unsigned lanes_from(unsigned first) { return count - first < WARP ? count - first : WARP; }

unsigned warp_count() { return (count + WARP - 1) / WARP; }

// ---------------------------------------------------------------- warps

// Resumes the lanes of `group`, each with the value that it requested.
void release(unsigned first, unsigned group) {
  Thread* warp = threads + first;
  uint64_t ballot = 0;
  for (unsigned lane = 0; lane < WARP; ++lane)
    if (group >> lane & 1 && warp[lane].posted) ballot |= uint64_t{1} << lane;
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!(group >> lane & 1)) continue;
    Thread& thread = warp[lane];
    const bool there = group >> thread.source & 1;
    const Thread& source = there ? warp[thread.source] : thread;
    thread.received = thread.operation == Operation::VOTE ? ballot : source.posted;
    thread.received_origin = source.posted_origin;
    thread.peers = group;
  }
  for (unsigned lane = 0; lane < WARP; ++lane)
    if (group >> lane & 1) warp[lane].state = State::RUNNING;
  // A shuffle or a vote is no fence: a lane's earlier writes may not be visible to the others.
  const Operation operation = warp[__builtin_ctz(group)].operation;
  lanes_met(first, group, operation == Operation::SYNC || operation == Operation::TILE);
}

// Returns the lanes that wait in the same warp operation, for the same mask, as `lane`.
unsigned meeting(unsigned first, unsigned lane) {
  const Thread* warp = threads + first;
  unsigned lanes = 0;
  for (unsigned other = 0; other < lanes_from(first); ++other)
    if (warp[other].state == State::AT_WARP && warp[other].operation == warp[lane].operation &&
        warp[other].mask == warp[lane].mask &&
        (warp[lane].operation != Operation::TILE || warp[other].line == warp[lane].line))
      lanes |= 1u << other;
  return lanes;
}

bool release_complete_meetings(unsigned first) {
  const unsigned lanes = lanes_from(first);
  Thread* warp = threads + first;
  unsigned alive = 0;
  for (unsigned lane = 0; lane < lanes; ++lane)
    if (warp[lane].state != State::FINISHED) alive |= 1u << lane;
  bool any = false;
  for (unsigned lane = 0, seen = 0; lane < lanes; ++lane) {
    if (warp[lane].state != State::AT_WARP || seen >> lane & 1) continue;
    const bool takes_all = warp[lane].operation == Operation::TILE;
    const unsigned there = meeting(first, lane), needed = warp[lane].mask & (takes_all ? ~0u : alive);
    seen |= there;
    if (!(needed >> lane & 1) || (there & needed) != needed) continue;
    release(first, needed);
    any = true;
  }
  return any;
}

// When no lane can run, resumes those at the earliest place of the text together, so that diverged
// lanes reconverge where their branches join.
bool release_place(unsigned first) {
  Thread* warp = threads + first;
  unsigned together = 0;
  int place = 0;
  for (unsigned lane = 0; lane < lanes_from(first); ++lane) {
    if (warp[lane].state != State::AT_PLACE) continue;
    if (!together || warp[lane].place < place) {
      together = 0;
      place = warp[lane].place;
    }
    if (warp[lane].place == place) together |= 1u << lane;
  }
  if (!together) return false;
  for (unsigned lane = 0; lane < lanes_from(first); ++lane) {
    if (!(together >> lane & 1)) continue;
    warp[lane].state = State::RUNNING;
    warp[lane].peers = together;
  }
  lanes_met(first, together, false);
  return true;
}

void run_warp(unsigned first) {
  do {
    for (unsigned i = first; i < first + lanes_from(first); ++i)
      if (threads[order[i]].state == State::RUNNING) resume(threads[order[i]]);
  } while (release_complete_meetings(first) || release_place(first));
}

// ---------------------------------------------------------------- deadlocks

void describe(Site& site, const Thread& thread) {
  site.block = block_index;
  site.thread = thread.index;
  const bool gone = thread.state == State::FINISHED || thread.state == State::DIVERGED;
  site.line = gone ? 0 : thread.line;
  if (gone)
    std::snprintf(site.doing, sizeof site.doing, "%s",
                  thread.state == State::FINISHED ? "has finished" : "has diverged");
  else
    std::snprintf(site.doing, sizeof site.doing, "waits at %s", thread.waits_for);
}

// Returns a thread that `waiting` waits for in vain: it has finished, or waits elsewhere.
const Thread* missing_for(const Thread& waiting) {
  const bool in_warp = waiting.state == State::AT_WARP;
  const unsigned first = in_warp ? waiting.number / WARP * WARP : 0;
  const unsigned last = in_warp ? first + lanes_from(first) : count;
  const Thread* elsewhere = nullptr;
  for (unsigned i = first; i < last; ++i) {
    const Thread& thread = threads[i];
    if (in_warp && !(waiting.mask >> (i - first) & 1)) continue;
    const bool met = thread.state == waiting.state &&
                     (!in_warp || meeting(first, waiting.number - first) >> (i - first) & 1);
    if (met) continue;
    const bool finished = thread.state == State::FINISHED;
    if (finished && !in_warp) return &thread;
    if ((!finished || waiting.operation == Operation::TILE) && !elsewhere) elsewhere = &thread;
  }
  return elsewhere;
}

void report_stuck() {
  const Thread* waiting = nullptr;
  const Thread* missing = nullptr;
  // A thread that waits for its warp is the cause; threads at a later barrier only follow.
  for (State state : {State::AT_WARP, State::AT_BARRIER})
    for (unsigned i = 0; i < count && !waiting; ++i)
      if (threads[i].state == state) {
        waiting = &threads[i];
        missing = missing_for(*waiting);
      }
  unsigned together = 0;
  for (unsigned i = 0; i < count; ++i) together += threads[i].state == waiting->state;
  const Kind kind = waiting->state == State::AT_WARP ? Kind::WARP : Kind::BARRIER;
  const bool waits = missing &&
                     (missing->state == State::AT_WARP || missing->state == State::AT_BARRIER);
  const int other_line = waits ? missing->line : 0;
  Finding* finding = found(kind, "", waiting->line, other_line);
  if (!finding) return;
  describe(finding->site, *waiting);
  if (missing) {
    finding->has_other = 1;
    describe(finding->other, *missing);
  }
  if (kind == Kind::WARP && !(waiting->mask >> waiting->number % WARP & 1))
    std::snprintf(finding->detail, sizeof finding->detail,
                  "lane %u is not in the mask 0x%08x that it passes", waiting->number % WARP,
                  waiting->mask);
  else if (kind == Kind::WARP && waiting->operation == Operation::TILE)
    std::snprintf(finding->detail, sizeof finding->detail, "%u of the 32 lanes of the warp are there",
                  __builtin_popcount(meeting(waiting->number / WARP * WARP, waiting->number % WARP)));
  else if (kind == Kind::WARP)
    std::snprintf(finding->detail, sizeof finding->detail, "its mask is 0x%08x", waiting->mask);
  else
    std::snprintf(finding->detail, sizeof finding->detail,
                  "%u of the %u threads of the block are at a barrier", together, count);
}

// ---------------------------------------------------------------- blocks

void release_barrier() {
  uint32_t held = 0;
  for (unsigned i = 0; i < count; ++i) held += threads[i].posted != 0;
  for (unsigned i = 0; i < count; ++i) {
    threads[i].count = held;
    threads[i].state = State::RUNNING;
  }
  ++barriers;
}

bool run_block_of_fibers() {
  for (unsigned i = 0; i < count; ++i) {
    threads[i].state = State::RUNNING;
    threads[i].stack = fiber_at(i, entry);
  }
  for (;;) {
    for (unsigned i = 0; i < warp_count(); ++i) run_warp(warp_order[i] * WARP);
    unsigned waiting = 0, finished = 0;
    for (unsigned i = 0; i < count; ++i) {
      waiting += threads[i].state == State::AT_BARRIER;
      finished += threads[i].state == State::FINISHED;
    }
    if (finished == count) return true;
    if (waiting != count) {
      report_stuck();
      return false;
    }
    release_barrier();
  }
}

bool run_block_of_warps() {
  for (unsigned i = 0; i < warp_count(); ++i) {
    warps::begin_block(i);
    threads[i * WARP].stack = fiber_at(i, entry);
  }
  do {
    unsigned finished = 0;
    for (unsigned i = 0; i < warp_count(); ++i) {
      const unsigned warp = warp_order[i];
      if (warps::running[warp].state == State::RUNNING) resume(threads[warp * WARP]);
      finished += warps::running[warp].state == State::FINISHED;
    }
    if (finished == warp_count()) return true;
    ++barriers;
  } while (warps::release(warp_count()));
  --barriers;
  warps::describe_lanes(warp_count());
  report_stuck();
  return false;
}

void run_block_of_calls() {
  for (unsigned i = 0; i < warp_count(); ++i) {
    const unsigned first = warp_order[i] * WARP;
    for (unsigned lane = first; lane < first + lanes_from(first); lane += lanes_of_call) {
      become(threads[lanes_of_call == WARP ? first : order[lane]]);
      kernel(arguments);
    }
  }
}

// ---------------------------------------------------------------- orders

uint64_t random_state;

unsigned random_below(unsigned limit) {  // xorshift64*: the same numbers for the same seed
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return static_cast<unsigned>((random_state * 2685821657736338717ull >> 33) % limit);
}

// Fills `first[0 .. length - 1]` with the numbers from `start` on, in the given order.
void arrange(unsigned* first, unsigned length, unsigned start, int32_t wanted) {
  for (unsigned i = 0; i < length; ++i)
    first[i] = start + (wanted == REVERSED ? length - 1 - i : i);
  if (wanted != SHUFFLED) return;
  for (unsigned i = length; i > 1; --i) {
    const unsigned j = random_below(i), kept = first[i - 1];
    first[i - 1] = first[j];
    first[j] = kept;
  }
}

void choose_order(int32_t wanted) {
  arrange(warp_order, warp_count(), 0, wanted);
  for (unsigned first = 0; first < count; first += WARP)
    arrange(order + first, lanes_from(first), first, wanted);
}

uint32_t reordered(uint32_t number, uint32_t total, int32_t wanted) {
  if (wanted == FORWARD) return number;
  if (wanted == REVERSED) return total - 1 - number;
  // A step that is coprime to the total visits every block once.
  uint64_t step = total / 2 + 1;
  for (uint64_t a = step, b = total; b;) {
    const uint64_t rest = a % b;
    a = b;
    b = rest;
    if (!b && a != 1) {
      a = ++step;
      b = total;
    }
  }
  return static_cast<uint32_t>(number * step % total);
}

}  // namespace

void wait_for_block(int line, const char* what, bool predicate) {
  current->state = State::AT_BARRIER;
  current->line = line;
  current->waits_for = what;
  current->posted = predicate;
  hand_over();
}

void wait_for_warp(Operation operation, int line, const char* what, unsigned mask) {
  current->state = State::AT_WARP;
  current->operation = operation;
  current->line = line;
  current->waits_for = what;
  current->mask = mask;
  hand_over();
}

void suspend_warp() { hand_over(); }

void wait_at_place(int place) {
  current->state = State::AT_PLACE;
  current->place = place;
  hand_over();
}

Ending run(void (*body)(void**), void** kernel_arguments, const Launch& launch) {
  kernel = body;
  arguments = kernel_arguments;
  dynamic_bytes = launch.dynamic_bytes;
  grid_extent = {launch.grid[0], launch.grid[1], launch.grid[2]};
  block_extent = {launch.block[0], launch.block[1], launch.block[2]};
  count = launch.block[0] * launch.block[1] * launch.block[2];
  lanes_of_call = launch.warps ? WARP : 1;
  warps::forward = launch.order == FORWARD;
  const unsigned calls = (count + lanes_of_call - 1) / lanes_of_call;
  if (launch.fibers && !reserve_stacks(calls, launch.stack_bytes)) return NO_MEMORY;
  random_state = launch.seed * 2 + 1;
  for (unsigned i = 0; i < count; ++i) {
    threads[i].number = i;
    threads[i].index = {i % launch.block[0], i / launch.block[0] % launch.block[1],
                        i / launch.block[0] / launch.block[1]};
  }
  warps::arrange_warps(count);
  const uint32_t blocks = launch.grid[0] * launch.grid[1] * launch.grid[2];
  const uint32_t last = launch.last_block ? launch.last_block : blocks;
  barriers_of_launch = 0;
  for (uint32_t i = launch.first_block; i < last; ++i) {
    block_number = reordered(i, blocks, launch.order);
    block_index = {block_number % launch.grid[0], block_number / launch.grid[0] % launch.grid[1],
                   block_number / launch.grid[0] / launch.grid[1]};
    barriers = 0;
    choose_order(launch.order);
    begin_block();
    if (!launch.fibers)
      run_block_of_calls();
    else if (!(launch.warps ? run_block_of_warps() : run_block_of_fibers()))
      return STUCK;
    barriers_of_launch += barriers;
  }
  return DONE;
}

extern "C" __attribute__((visibility("default"))) uint64_t emulator_barriers() {
  return barriers_of_launch;
}

}  // namespace emulator
