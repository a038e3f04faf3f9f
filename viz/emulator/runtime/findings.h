// Records of the mistakes found in a kernel; Python reads them through ctypes.
#pragma once
#include <cstdint>

namespace emulator {

// In the order of KINDS in viz/emulator/findings.py.
enum class Kind : int32_t {
  BARRIER,        // a barrier that not all threads reach
  WARP,           // a warp operation that not all lanes of its mask reach
  UNINITIALISED,  // an uninitialised value is stored in global memory
  BOUNDS,         // an access outside of a buffer
  RACE,           // two accesses that nothing orders, at least one of them a write
  OVERFLOW_,      // signed integer arithmetic that overflows
};

struct Index3 {
  uint32_t x, y, z;
};

// A thread at a line, which is 1-based in the emitted text, 0 for none.
struct Site {
  Index3 block, thread;
  int32_t line;
  char doing[48];  // "writes", "waits at __syncthreads", "has finished" ...
};

struct Finding {
  Kind kind;
  int32_t has_other;
  int32_t agrees;  // whether all conflicting accesses write the value that is there already
  Site site;
  Site other;
  char buffer[64];  // its name in the text, empty for none
  int64_t index;    // element index into the flat buffer
  int64_t extent;   // elements of the buffer
  char detail[128];
  uint64_t count;   // occurrences; the first one is described
};

constexpr int MOST_FINDINGS = 64;

// Returns a record to fill in; null if one of this kind, buffer and lines exists (it is counted).
// One that agrees is described anew by one that does not.
Finding* found(Kind kind, const char* buffer, int line, int other_line, bool agrees = false);

extern "C" int emulator_finding_count();
extern "C" const Finding* emulator_findings();
extern "C" void emulator_forget();

}  // namespace emulator
