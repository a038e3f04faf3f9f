// A warp's accesses to memory in checked mode: each is one request.
#pragma once
#include "../shadow.h"
#include "memory.h"

namespace emulator {
namespace warps {

// The offset of an access in the CUDA text. In a helper, where requests are counted, its upper half
// is the offset of the call.
using Place = long long;

// The lanes of a mask access `bytes` each, at their addresses.
struct Request {
  Place site;
  Mask mask;
  const Memory* memory;
  const Lanes<char*>* addresses;
  uint32_t bytes;
  bool in_step;  // through a volatile pointer
};

// Return the lanes that are within bounds, and report mistakes. `values` has the values of all
// lanes, one after the other: check_write stores them in running order.
Mask check_read(const Request& request);
Mask check_write(const Request& request, const char* values);
// The same for an address that all lanes read.
bool check_common_read(const Request& request, const char* address);
// For one lane, before an atomic operation.
bool check_atomic(const Request& request, unsigned lane);

// ---------------------------------------------------------------- origins

// Where the values of a warp's statement are uninitialised: see shadow.h. `some` has the lanes with
// an origin other than 0.
struct Origins {
  Lanes<Origin> of;
  Mask some = 0;

  Origins() = default;
  Origins(const Origins& other) { *this = other; }
  Origins& operator=(const Origins& other) {
    some = other.some;
    if (some) of = other.of;
    return *this;
  }
};

// Called at the beginning of a statement.
void at(int line, Mask mask);
// Returns the origins of what the running statement has read.
const Origins& statement_origins();
// Sets them, and returns those before.
Origins replace_origins(const Origins& origins);
void add_origins(Mask mask, const Origins& origins);
// Adds the origin of an element of an array, of which the lanes of `never` were never written.
void add_unwritten(Mask never, const char* array, uint64_t index);
// The origin of a lane that takes no part in a shuffle.
void add_absent(unsigned lane, unsigned source);

// The condition of a branch. If it is uninitialised, so are the values stored under it.
struct Branch {
  explicit Branch(Mask mask);
  ~Branch();
  Branch(const Branch&) = delete;

 private:
  Origins before;
};

// Reports an index outside of a lane's own array.
void outside(Mask mask, const char* array, int64_t index, uint32_t extent, const char* doing);
// Reports signed arithmetic that overflows in a lane.
void overflows(unsigned lane, const char* sign, long long left, long long right, unsigned bits);

}  // namespace warps
}  // namespace emulator
