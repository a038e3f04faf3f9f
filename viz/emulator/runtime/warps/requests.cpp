// Checks go by lane, as those of a fiber for each lane do; a request without mistakes is quick.
#include "requests.h"

#include <cstdio>
#include <cstring>

#include "../clocks.h"
#include "counting.h"

namespace emulator {
namespace warps {

namespace {

// Of each warp: a statement may be suspended at a barrier and resumed later.
struct Statement {
  int line;
  Origins read, decided, last;
};
Statement statements[MOST_THREADS / WARP];

Statement& statement() { return statements[first_thread / WARP]; }

// Makes a lane the current thread, as the checks of single accesses expect.
struct AsLane {
  Thread* before = current;

  explicit AsLane(unsigned lane) {
    current = &threads[first_thread + lane];
    line_of[current->number] = statement().line;
    origin_of_statement[current->number] = value(statement().read, lane);
    last_origin[current->number] = value(statement().last, lane);
  }
  ~AsLane() { current = before; }
  AsLane(const AsLane&) = delete;

  static Origin value(const Origins& origins, unsigned lane) {
    return has(origins.some, lane) ? origins.of.at[lane] : 0;
  }
};

void set(Origins& origins, unsigned lane, Origin origin) {
  origins.of.at[lane] = origin;
  origins.some = (origins.some & ~(1u << lane)) | static_cast<Mask>(origin != 0) << lane;
}

void add(unsigned lane, Origin origin) {
  if (!origin) return;
  set(statement().read, lane, origin);
  set(statement().last, lane, origin);
}

// ---------------------------------------------------------------- bounds

Mask lanes_inside(const Request& request, const char* doing) {
  const Memory& memory = *request.memory;
  if (memory.bytes >= request.bytes) {
    const uint64_t base = reinterpret_cast<uint64_t>(memory.base);
    const uint64_t last = memory.bytes - request.bytes;
    Lanes<bool> held;
    for (unsigned lane = 0; lane < WARP; ++lane)
      held.at[lane] = reinterpret_cast<uint64_t>(request.addresses->at[lane]) - base <= last;
    if (mask_of(request.mask, held) == request.mask) return request.mask;
  }
  Mask in = 0;
  in_order(request.mask, [&](unsigned lane) {
    const AsLane as(lane);
    in |= static_cast<Mask>(inside(memory, request.addresses->at[lane], request.bytes, doing))
          << lane;
  });
  return in;
}

// ---------------------------------------------------------------- races

// What is the same for all accesses of a request.
struct Now {
  uint32_t block = blocks_begun, line = static_cast<uint32_t>(statement().line);

  Access by(unsigned lane, bool in_step) const {
    const unsigned thread = first_thread + lane;
    return {block, barriers, time_of(thread), line, thread, 0, in_step};
  }
};

// Whether nothing but the numbers need be looked at to see that two accesses are ordered.
inline bool ordered(const Access& before, const Access& now) {
  return before.block < first_block_of_launch ||
         (before.block == now.block && (before.barriers != now.barriers ||
                                                         before.thread == now.thread));
}

inline void read_cell(const Memory& memory, uint64_t unit, const Access& now, unsigned lane) {
  Cell& cell = memory.cells[unit];
  if (ordered(cell.writer, now) && ordered(cell.atomic, now)) {
    if (cell.reader.block != now.block || cell.reader.thread != now.thread)
      cell.other_reader = cell.reader;
    cell.reader = now;
    return;
  }
  const AsLane as(lane);
  note_read(memory, cell, unit, now.in_step);
}

inline void write_cell(const Memory& memory, uint64_t unit, const Access& now, unsigned lane,
                       const char* address, const char* value, uint32_t bytes) {
  Cell& cell = memory.cells[unit];
  if (ordered(cell.writer, now) && ordered(cell.atomic, now) && ordered(cell.reader, now) &&
      ordered(cell.other_reader, now)) {
    cell.writer = now;
    return;
  }
  const AsLane as(lane);
  note_write(memory, cell, unit, false, now.in_step, !std::memcmp(address, value, bytes));
}

struct Units {
  uint64_t first, last;
};

inline Units units_at(const Memory& memory, const char* address, uint32_t bytes) {
  const uint64_t offset = address - memory.base;
  if ((memory.unit & (memory.unit - 1)) == 0) {
    const int shift = __builtin_ctz(memory.unit);
    return {offset >> shift, (offset + bytes - 1) >> shift};
  }
  return {offset / memory.unit, (offset + bytes - 1) / memory.unit};
}

inline void read_origin(const Memory& memory, uint64_t unit, unsigned lane) {
  if (!memory.origins || !memory.origins[unit]) return;
  const AsLane as(lane);
  add(lane, memory.origins[unit] == NEVER_WRITTEN ? origin_at(memory.name, unit)
                                                  : memory.origins[unit]);
}

// Lanes that read the same unit: the last two of them in running order, of which a cell keeps record.
struct Readers {
  unsigned last, before;
};

// Groups the lanes of a mask by the units that they read. Returns the last lane of each group, or 0
// where each lane has to be checked by itself.
Mask grouped(const Memory& memory, const Now& now, Mask mask, const Lanes<uint32_t>& units,
             Readers* readers) {
  constexpr unsigned SLOTS = 64;
  uint8_t slot[SLOTS];
  std::memset(slot, WARP, sizeof slot);
  Mask last = 0;
  for (Mask rest = mask; rest; rest &= rest - 1) {
    const unsigned lane = __builtin_ctz(rest);
    uint8_t& known = slot[units.at[lane] % SLOTS];
    readers[lane] = {lane, WARP};
    last |= 1u << lane;
    if (known < WARP && units.at[known] == units.at[lane]) {
      last &= ~(1u << known);
      readers[lane].before = known;
    }
    known = static_cast<uint8_t>(lane);
  }
  for (Mask rest = last; rest; rest &= rest - 1) {
    const unsigned lane = __builtin_ctz(rest);
    if (memory.origins && memory.origins[units.at[lane]]) return 0;
    const Cell& cell = memory.cells[units.at[lane]];
    for (const Access* before : {&cell.writer, &cell.atomic}) {
      if (before->block < first_block_of_launch) continue;
      if (before->block != now.block) return 0;
      if (before->barriers == barriers) return 0;
    }
  }
  return last;
}

inline void move(char* to, const char* from, uint32_t bytes) {
  switch (bytes) {
    case 2:
      std::memcpy(to, from, 2);
      return;
    case 4:
      std::memcpy(to, from, 4);
      return;
    case 8:
      std::memcpy(to, from, 8);
      return;
    default:
      std::memcpy(to, from, bytes);
  }
}

}  // namespace

// ---------------------------------------------------------------- requests

Mask check_read(const Request& request) {
  const Memory& memory = *request.memory;
  const Mask in = lanes_inside(request, "reads");
  if (counting) count_request(request, in, Does::LOAD);
  const Now now;
  const bool whole = request.bytes == memory.unit && (memory.unit & (memory.unit - 1)) == 0;
  if (forward && whole && memory.cells && memory.bytes >> 32 == 0) {
    const int shift = __builtin_ctz(memory.unit);
    Lanes<uint32_t> units;
    uint32_t rests = 0;
    for (unsigned lane = 0; lane < WARP; ++lane) {
      const auto offset = static_cast<uint32_t>(request.addresses->at[lane] - memory.base);
      units.at[lane] = offset >> shift;
      rests |= has(in, lane) ? offset & (memory.unit - 1) : 0;
    }
    Readers readers[WARP];
    const Mask last = rests ? 0 : grouped(memory, now, in, units, readers);
    for (Mask rest = last; rest; rest &= rest - 1) {
      const unsigned lane = __builtin_ctz(rest), before = readers[lane].before;
      Cell& cell = memory.cells[units.at[lane]];
      if (before < WARP)
        cell.other_reader = now.by(before, request.in_step);
      else if (cell.reader.block != now.block || cell.reader.thread != first_thread + lane)
        cell.other_reader = cell.reader;
      cell.reader = now.by(lane, request.in_step);
    }
    if (last) return in;
  }
  in_order(in, [&](unsigned lane) {
    const Units units = units_at(memory, request.addresses->at[lane], request.bytes);
    const Access access = now.by(lane, request.in_step);
    for (uint64_t unit = units.first; unit <= units.last; ++unit) {
      read_origin(memory, unit, lane);
      if (memory.cells) read_cell(memory, unit, access, lane);
    }
  });
  return in;
}

bool check_common_read(const Request& request, const char* address) {
  Lanes<char*> addresses;
  for (unsigned lane = 0; lane < WARP; ++lane) addresses.at[lane] = const_cast<char*>(address);
  Request each = request;
  each.addresses = &addresses;
  return check_read(each) != 0;
}

Mask check_write(const Request& request, const char* values) {
  const Memory& memory = *request.memory;
  const Mask in = lanes_inside(request, "writes");
  if (counting) count_request(request, in, Does::STORE);
  const Now now;
  const Origins& read = statement().read;
  in_order(in, [&](unsigned lane) {
    char* address = request.addresses->at[lane];
    const char* value = values + lane * request.bytes;
    const Units units = units_at(memory, address, request.bytes);
    const Access access = now.by(lane, request.in_step);
    const Origin origin = AsLane::value(read, lane);
    if (origin && !memory.origins) {
      const AsLane as(lane);
      report_uninitialised(memory, address, origin);
    }
    for (uint64_t unit = units.first; unit <= units.last; ++unit) {
      if (memory.origins) memory.origins[unit] = origin;
      if (memory.cells) write_cell(memory, unit, access, lane, address, value, request.bytes);
    }
    move(address, value, request.bytes);
  });
  return in;
}

bool check_atomic(const Request& request, unsigned lane) {
  const AsLane as(lane);
  return on_atomic(*request.memory, request.addresses->at[lane], request.bytes);
}

void check_poison(const Request& request, Mask poisoned) {
  if (!statement().last.some) return;
  in_order(poisoned & request.mask, [&](unsigned lane) {
    const AsLane as(lane);
    on_poison(*request.memory, request.addresses->at[lane]);
  });
}

// ---------------------------------------------------------------- origins

void at(int line, Mask) {
  Statement& now = statement();
  now.line = line;
  now.read = now.decided;
}

const Origins& statement_origins() { return statement().read; }

Origins replace_origins(const Origins& origins) {
  const Origins before = statement().read;
  statement().read = origins;
  return before;
}

void add_origins(Mask mask, const Origins& origins) {
  const Mask some = mask & origins.some;
  if (!some) return;
  Statement& now = statement();
  for (Origins* those : {&now.read, &now.last}) {
    if (some == FULL)
      those->of = origins.of;
    else
      assign_some(some, those->of, origins.of);
    those->some |= some;
  }
}

void add_unwritten(Mask never, const char* array, uint64_t index) {
  const AsLane as(__builtin_ctz(never));
  Origins origins;
  origins.of = spread<Origin>(origin_at(array, index));
  origins.some = never;
  add_origins(never, origins);
}

void add_absent(unsigned lane, unsigned source) {
  const AsLane as(lane);
  add(lane, absent_lane(source));
}

Branch::Branch(Mask mask) : before(statement().decided) {
  Statement& now = statement();
  for (Mask rest = mask & (now.read.some | before.some); rest; rest &= rest - 1) {
    const unsigned lane = __builtin_ctz(rest);
    set(now.decided, lane, AsLane::value(now.read, lane));
  }
}

Branch::~Branch() { statement().decided = before; }

// ---------------------------------------------------------------- other mistakes

void outside(Mask mask, const char* array, int64_t index, uint32_t extent, const char* doing) {
  in_order(mask, [&](unsigned lane) {
    const AsLane as(lane);
    Finding* finding = found(Kind::BOUNDS, array, here(), 0);
    if (!finding) return;
    describe(finding->site, doing);
    finding->index = index;
    finding->extent = extent;
  });
}

void overflows(unsigned lane, const char* sign, long long left, long long right, unsigned bits) {
  const AsLane as(lane);
  Finding* finding = found(Kind::OVERFLOW_, "", here(), 0);
  if (!finding) return;
  describe(finding->site, "computes");
  std::snprintf(finding->detail, sizeof finding->detail, "%lld %s %lld in %u bits", left, sign,
                right, bits);
}

}  // namespace warps
}  // namespace emulator
