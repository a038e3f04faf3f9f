// The lanes of a running warp: where they wait, whom they meet.
#include "cooperation.h"

#include "../clocks.h"

namespace emulator {
namespace warps {

unsigned first_thread;
const unsigned* lane_order;
bool forward;

namespace {

Indices indices[MOST_THREADS / WARP];
Mask existing[MOST_THREADS / WARP];

void wait(Mask mask, State state, int line, const char* what) {
  for (Mask rest = mask; rest; rest &= rest - 1) {
    Thread& thread = threads[first_thread + __builtin_ctz(rest)];
    thread.state = state;
    thread.line = line;
    thread.waits_for = what;
  }
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
  const unsigned first = first_thread;
  wait(mask, State::AT_BARRIER, line, what);
  for (unsigned lane = 0; lane < WARP; ++lane)
    if (has(mask, lane)) threads[first + lane].posted = has(held, lane);
  suspend_warp();
  return threads[first + __builtin_ctz(mask)].count;
}

void meet(Operation operation, int line, const char* what, Mask mask, const Lanes<Mask>& wanted,
          Lanes<Mask>& groups) {
  const bool fence = operation == Operation::SYNC;
  Mask rest = mask, stuck = 0;
  while (rest) {
    const unsigned lane = __builtin_ctz(rest);
    const Mask named = wanted.at[lane];
    Mask group = 0;
    for (unsigned other = 0; other < WARP; ++other)
      group |= static_cast<Mask>(wanted.at[other] == named) << other;
    group &= mask;
    rest &= ~group;
    if ((named & mask) != group) {
      stuck |= group;
      continue;
    }
    for (unsigned other = 0; other < WARP; ++other)
      if (group == FULL || has(group, other)) groups.at[other] = group;
    lanes_met(first_thread, group, fence);
  }
  if (!stuck) return;
  // Those that met would go on; what they do next is not known.
  for (unsigned lane = 0; lane < WARP; ++lane)
    if (has(mask & ~stuck, lane)) threads[first_thread + lane].state = State::FINISHED;
  wait(stuck, State::AT_WARP, line, what);
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!has(stuck, lane)) continue;
    threads[first_thread + lane].operation = operation;
    threads[first_thread + lane].mask = wanted.at[lane];
  }
  suspend_warp();
}

void in_step(Mask mask) { lanes_met(first_thread, mask, false); }

void leave(Mask mask) {
  for (Mask rest = mask; rest; rest &= rest - 1)
    threads[first_thread + __builtin_ctz(rest)].state = State::FINISHED;
}

}  // namespace warps
}  // namespace emulator
