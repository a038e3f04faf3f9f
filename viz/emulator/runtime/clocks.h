// Order the accesses of the lanes of a warp by vector clocks, in checked mode.
//
// A lane's time advances when it meets others in a warp operation. After the meeting each lane
// knows the times of the others and all that they knew: their earlier accesses happened before its
// later ones. Only some meetings are memory fences; lanes in lockstep are ordered by all of them.
#pragma once
#include <cstdint>

namespace emulator {

// Called before each launch: whether to keep clocks at all.
void keep_clocks(bool checked);

// Records that lanes of the warp that begins with thread `first` met: the bits of `group`.
void lanes_met(unsigned first, unsigned group, bool fence);

// Returns the time of a thread, which begins with 1.
uint32_t time_of(unsigned thread);

// Return the time up to which a thread is ordered after another of its warp: by fences, or by any
// meeting, for accesses in lockstep.
uint32_t known_by_fence(unsigned thread, unsigned other);
uint32_t known_by_step(unsigned thread, unsigned other);

}  // namespace emulator
