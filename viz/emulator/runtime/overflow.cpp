// The handlers that the compiler calls where signed arithmetic overflows, with the names and
// records of its own library, which is not linked (-fsanitize=signed-integer-overflow).
#include <cstdio>
#include <cstdint>

#include "scheduler.h"

namespace {

struct SourceLocation {
  const char* file;
  uint32_t line;
  uint32_t column;
};

struct TypeDescriptor {
  uint16_t kind;  // 0 for integers
  uint16_t info;  // bit 0: signed; the others: the logarithm of the width
  char name[1];
};

struct OverflowData {
  SourceLocation location;
  const TypeDescriptor* type;
};

// Values of up to 64 bits are passed directly.
long long value_of(const TypeDescriptor* type, uintptr_t value) {
  const unsigned spare = 64 - (1u << (type->info >> 1));
  return static_cast<long long>(value << spare) >> spare;
}

void report(const OverflowData* data, const char* sign, uintptr_t left, uintptr_t right) {
  using namespace emulator;
  Finding* finding = found(Kind::OVERFLOW_, "", static_cast<int>(data->location.line), 0);
  if (!finding) return;
  finding->site.block = block_index;
  finding->site.thread = current->index;
  std::snprintf(finding->site.doing, sizeof finding->site.doing, "computes");
  std::snprintf(finding->detail, sizeof finding->detail, "%lld %s %lld in %u bits",
                value_of(data->type, left), sign, value_of(data->type, right),
                1u << (data->type->info >> 1));
}

}  // namespace

extern "C" {
void __ubsan_handle_add_overflow(OverflowData* data, uintptr_t left, uintptr_t right) {
  report(data, "+", left, right);
}
void __ubsan_handle_sub_overflow(OverflowData* data, uintptr_t left, uintptr_t right) {
  report(data, "-", left, right);
}
void __ubsan_handle_mul_overflow(OverflowData* data, uintptr_t left, uintptr_t right) {
  report(data, "*", left, right);
}
void __ubsan_handle_negate_overflow(OverflowData* data, uintptr_t value) {
  report(data, "negated from", 0, value);
}
void __ubsan_handle_divrem_overflow(OverflowData* data, uintptr_t left, uintptr_t right) {
  report(data, "/", left, right);
}
}
