// Fibers: stacks that run in turn in one operating system thread. One CUDA thread is one fiber.
//
// A switch saves the callee-saved registers and swaps stack pointers: 2 ns. With ucontext, which
// makes a system call for the signal mask, it would take ten times as long.
#pragma once
#include <cstddef>

namespace emulator {

// Saves the current stack pointer in *from, and continues at `to`.
extern "C" void emulator_switch(void** from, void* to);

// Returns the stack pointer of a new fiber that begins in `entry`, which must never return.
// The stack's offset depends on `number`: equal offsets in their pages would share cache sets.
void* fiber_at(unsigned number, void (*entry)());

// Reserves `count` stacks of `bytes`, each above an inaccessible page; false without memory.
bool reserve_stacks(unsigned count, std::size_t bytes);

}  // namespace emulator
