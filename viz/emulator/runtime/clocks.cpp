#include "clocks.h"

#include "scheduler.h"

namespace emulator {

namespace {

struct Clock {
  uint32_t known[WARP];  // the latest known time of each lane of the warp, with its own
};

bool enabled;
uint32_t passed[MOST_THREADS];  // never reset: clocks of earlier blocks stay valid
Clock by_fence[MOST_THREADS], by_step[MOST_THREADS];
// By warp: what all lanes know since they last met all together, which is what they mostly do.
Clock all_by_fence[MOST_THREADS / WARP], all_by_step[MOST_THREADS / WARP];

uint32_t latest(const Clock& own, const Clock& of_all, unsigned lane) {
  return own.known[lane] > of_all.known[lane] ? own.known[lane] : of_all.known[lane];
}

void join(Clock* lanes, const uint32_t* times, unsigned group) {
  Clock all = {};
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!(group >> lane & 1)) continue;
    for (unsigned other = 0; other < WARP; ++other)
      if (lanes[lane].known[other] > all.known[other]) all.known[other] = lanes[lane].known[other];
  }
  for (unsigned lane = 0; lane < WARP; ++lane)
    if (group >> lane & 1) all.known[lane] = times[lane] + 1;
  for (unsigned lane = 0; lane < WARP; ++lane)
    if (group >> lane & 1) lanes[lane] = all;
}

}  // namespace

void keep_clocks(bool checked) { enabled = checked; }

void lanes_met(unsigned first, unsigned group, bool fence) {
  if (!enabled) return;
  if (group == ~0u) {
    Clock& step = all_by_step[first / WARP];
    for (unsigned lane = 0; lane < WARP; ++lane) step.known[lane] = ++passed[first + lane];
    if (fence) all_by_fence[first / WARP] = step;
    return;
  }
  join(by_step + first, passed + first, group);
  if (fence) join(by_fence + first, passed + first, group);
  for (unsigned lane = 0; lane < WARP; ++lane) passed[first + lane] += group >> lane & 1;
}

uint32_t time_of(unsigned thread) { return passed[thread] + 1; }

uint32_t known_by_fence(unsigned thread, unsigned other) {
  return latest(by_fence[thread], all_by_fence[thread / WARP], other % WARP);
}

uint32_t known_by_step(unsigned thread, unsigned other) {
  return latest(by_step[thread], all_by_step[thread / WARP], other % WARP);
}

}  // namespace emulator
