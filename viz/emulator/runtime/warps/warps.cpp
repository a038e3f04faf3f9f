// The lanes of a running warp: where they wait, whom they meet.
#include "cooperation.h"

#include "../clocks.h"

namespace emulator {
namespace warps {

unsigned first_thread;
const unsigned* lane_order;
bool forward;
Warp running[MOST_THREADS / WARP];

namespace {

uint32_t threads_held;  // at the last barrier, those whose predicate held

Indices indices[MOST_THREADS / WARP];
Mask existing[MOST_THREADS / WARP];

Warp& own() { return running[first_thread / WARP]; }

// The lanes of `stuck` wait for others in vain; those of `met` would go on.
void give_up(Operation operation, int line, const char* what, Mask stuck, Mask met,
             const Lanes<Mask>& wanted) {
  Warp& warp = own();
  warp.state = State::AT_WARP;
  warp.waiting = stuck;
  warp.finished |= met;
  warp.line = line;
  warp.waits_for = what;
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!has(stuck, lane)) continue;
    threads[first_thread + lane].operation = operation;
    threads[first_thread + lane].mask = wanted.at[lane];
  }
  suspend_warp();
}

}  // namespace

void arrange_warps(unsigned count) {
  for (unsigned thread = 0; thread < count; ++thread) {
    const unsigned warp = thread / WARP, lane = thread % WARP;
    if (!lane) existing[warp] = 0;
    existing[warp] |= 1u << lane;
    indices[warp].x.at[lane] = threads[thread].index.x;
    indices[warp].y.at[lane] = threads[thread].index.y;
    indices[warp].z.at[lane] = threads[thread].index.z;
  }
}

const Indices& thread_indices() { return indices[first_thread / WARP]; }

Mask begin() { return existing[first_thread / WARP]; }

uint32_t wait_for_block(int line, const char* what, Mask mask, Mask held) {
  Warp& warp = own();
  warp.state = State::AT_BARRIER;
  warp.waiting = mask;
  warp.held = held;
  warp.line = line;
  warp.waits_for = what;
  suspend_warp();
  return threads_held;
}

Mask meet(Operation operation, int line, const char* what, Mask mask, Mask wanted) {
  const Mask stuck = mask & ~wanted;
  if (stuck) give_up(operation, line, what, stuck, mask & wanted, spread<Mask>(wanted));
  lanes_met(first_thread, mask, operation == Operation::SYNC);
  return mask;
}

Lanes<Mask> meet(Operation operation, int line, const char* what, Mask mask,
                 const Lanes<Mask>& wanted) {
  Lanes<Mask> groups{};
  Mask rest = mask, stuck = 0;
  while (rest) {
    const Mask named = wanted.at[__builtin_ctz(rest)];
    const Mask group = mask_of(mask, each([named](Mask other) { return other == named; }, wanted));
    rest &= ~group;
    if ((named & mask) != group) {
      stuck |= group;
      continue;
    }
    assign(group, groups, group);
    lanes_met(first_thread, group, operation == Operation::SYNC);
  }
  if (stuck) give_up(operation, line, what, stuck, mask & ~stuck, wanted);
  return groups;
}

void meet_for_tile(int line, const char* what, Mask mask) {
  if (mask != FULL) give_up(Operation::TILE, line, what, mask, 0, spread<Mask>(FULL));
  lanes_met(first_thread, mask, true);
}

void in_step(Mask mask) { lanes_met(first_thread, mask, false); }

void leave(Mask mask) { own().finished |= mask; }

// ---------------------------------------------------------------- blocks

void begin_block(unsigned warp) { running[warp] = {State::RUNNING, 0, 0, 0, 0, ""}; }

void finish() {
  Warp& warp = own();
  warp.state = State::FINISHED;
  warp.finished = begin();
}

bool release(unsigned warps) {
  threads_held = 0;
  for (unsigned i = 0; i < warps; ++i) {
    if (running[i].state != State::AT_BARRIER || running[i].waiting != existing[i]) return false;
    threads_held += __builtin_popcount(running[i].held);
  }
  for (unsigned i = 0; i < warps; ++i) running[i].state = State::RUNNING;
  return true;
}

void describe_lanes(unsigned warps) {
  for (unsigned i = 0; i < warps; ++i)
    for (unsigned lane = 0; lane < WARP; ++lane) {
      if (!has(existing[i], lane)) continue;
      Thread& thread = threads[i * WARP + lane];
      const bool waits = has(running[i].waiting, lane) || running[i].state == State::FINISHED;
      thread.state = has(running[i].finished, lane) ? State::FINISHED
                     : waits                        ? running[i].state
                                                    : State::DIVERGED;
      thread.line = running[i].line;
      thread.waits_for = running[i].waits_for;
    }
}

}  // namespace warps
}  // namespace emulator
