// What was found wrong in a kernel: plain records, read by Python through ctypes.
#pragma once
#include <cstdint>

namespace emulator {

// The numbers are those of viz/runtime/emulator/findings.py.
enum class Kind : int32_t {
  BARRIER,        // a barrier that not all threads reach
  WARP,           // a warp operation that not all lanes of its mask reach
  UNINITIALISED,  // what nobody wrote reached global memory
  BOUNDS,         // an access outside of a buffer
  RACE,           // two accesses that no barrier orders, one of them a write
  OVERFLOW_,      // signed integer arithmetic that left its type
};

struct Index3 {
  uint32_t x, y, z;
};

// One thread in one place. `line` is 1-based in the emitted text, 0 for none.
struct Site {
  Index3 block, thread;
  int32_t line;
  char doing[48];  // "writes", "waits at __syncthreads", "has finished" ...
};

struct Finding {
  Kind kind;
  int32_t has_other;
  Site site;
  Site other;
  char buffer[64];  // as the text names it, empty where there is none
  int64_t index;    // element index into the flat buffer
  int64_t extent;   // elements of the buffer
  char detail[128];
  uint64_t count;   // how often it was met: the first is described
};

constexpr int MOST_FINDINGS = 64;

// Returns the record to fill in, or null for one of a kind, a buffer and lines met before.
Finding* found(Kind kind, const char* buffer, int line, int other_line);

extern "C" int emulator_finding_count();
extern "C" const Finding* emulator_findings();
extern "C" void emulator_forget();

}  // namespace emulator
