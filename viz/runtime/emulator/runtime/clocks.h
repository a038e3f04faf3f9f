// Which accesses of the lanes of a warp are ordered: vector clocks, kept in checked mode.
//
// A lane's time goes on where it meets others. After a meeting each of its lanes knows the times of
// the others, and what those knew: what they did until then came before. Only some meetings are
// fences; lanes that keep step meet in all of them.
#pragma once
#include <cstdint>

namespace emulator {

// Called before each launch: whether to keep them at all.
void keep_clocks(bool kept);

// Lanes of the warp that begins with thread `first` met: those whose bits are in `group`.
void lanes_met(unsigned first, unsigned group, bool fence);

// The time of a thread, which begins with 1.
uint32_t time_of(unsigned thread);

// Until when a thread knows what another of its warp did: by fences, or because they keep step.
uint32_t known_by_fence(unsigned thread, unsigned other);
uint32_t known_by_step(unsigned thread, unsigned other);

}  // namespace emulator
