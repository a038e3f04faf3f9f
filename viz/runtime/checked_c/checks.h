// The checks of indices. Each place in the program that accesses a buffer has a record.
#include <stdint.h>

struct CheckRecord {
  uint64_t count;  // accesses outside of the buffer
  int64_t index;   // of the first one
  int64_t extent;  // elements of the buffer
  uint64_t order;  // which record was the first, the second …
};

struct CheckRecord check_records[CHECK_PLACES];
static uint64_t check_found;

static int64_t check_inside(int32_t place, int64_t index, int64_t extent) {
  if (__builtin_expect(index >= 0 && index < extent, 1)) return 1;
  struct CheckRecord* record = &check_records[place];
  if (!record->count++) {
    record->index = index;
    record->extent = extent;
    record->order = check_found++;
  }
  return 0;
}

// Outside of its buffer a program reads the first element.
static int64_t check_index(int32_t place, int64_t index, int64_t extent) {
  return check_inside(place, index, extent) ? index : 0;
}
