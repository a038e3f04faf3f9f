// A fiber is a stack of its own and a place to go on from. One CUDA thread is one fiber.
//
// Switching saves the registers that a function must preserve and swaps stack pointers: 2 ns, where
// ucontext's system call for the signal mask costs ten times as much.
#pragma once
#include <cstddef>

namespace emulator {

// Saves where we are in *from, and goes on at `to`.
extern "C" void emulator_switch(void** from, void* to);

// Returns the stack pointer of a fiber that will begin in `entry`, which must never return.
// `number` places it: stacks that all begin at the same offset of a page would share cache sets.
void* fiber_at(unsigned number, void (*entry)());

// Makes room for so many stacks, each with an unreadable page below it; false without memory.
bool reserve_stacks(unsigned count, std::size_t bytes);

}  // namespace emulator
