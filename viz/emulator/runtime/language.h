// Define CUDA's keywords and built-in variables in C++.
#pragma once
#include "scheduler.h"
#include "shared.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __grid_constant__
#define __constant__ static
#define __launch_bounds__(...)
#define __maxnreg__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
// GCC rejects C++'s alignas after __shared__, where CUDA texts have it.
#define alignas(bytes) __attribute__((aligned(bytes)))
#ifndef EMULATOR_CHECKED
#define __ldg(pointer) (*(pointer))
#endif

// The compute capability that an emitted text tests for its headers; it has no other effect.
#define __CUDA_ARCH__ 890
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 8

using uint3 = emulator::Index3;
using dim3 = emulator::Index3;
constexpr int warpSize = emulator::WARP;
#define blockIdx emulator::block_index
#define blockDim emulator::block_extent
#define gridDim emulator::grid_extent

static const uint3& threadIdx = emulator::thread_index;

// Reads the thread's index once at the top of a kernel, so that it can stay in registers.
#define EMULATOR_ENTER [[maybe_unused]] const uint3 threadIdx = emulator::thread_index;

static inline void __nanosleep(unsigned) {}  // may return at once
static inline void __threadfence() {}
static inline void __threadfence_block() {}
static inline void __threadfence_system() {}
