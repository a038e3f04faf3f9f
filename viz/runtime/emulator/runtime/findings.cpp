#include "findings.h"

#include <cstdio>
#include <cstring>

namespace emulator {

namespace {

Finding findings[MOST_FINDINGS];
int finding_count;

}  // namespace

Finding* found(Kind kind, const char* buffer, int line, int other_line) {
  for (int i = 0; i < finding_count; ++i) {
    Finding& known = findings[i];
    if (known.kind == kind && known.site.line == line && known.other.line == other_line &&
        !std::strcmp(known.buffer, buffer)) {
      ++known.count;
      return nullptr;
    }
  }
  if (finding_count == MOST_FINDINGS) return nullptr;
  Finding& fresh = findings[finding_count++];
  std::memset(&fresh, 0, sizeof fresh);
  fresh.kind = kind;
  fresh.count = 1;
  fresh.site.line = line;
  fresh.other.line = other_line;
  std::snprintf(fresh.buffer, sizeof fresh.buffer, "%s", buffer);
  return &fresh;
}

extern "C" __attribute__((visibility("default"))) int emulator_finding_count() { return finding_count; }
extern "C" __attribute__((visibility("default"))) const Finding* emulator_findings() {
  return findings;
}
extern "C" __attribute__((visibility("default"))) void emulator_forget() { finding_count = 0; }

}  // namespace emulator
