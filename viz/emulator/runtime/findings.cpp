#include "findings.h"

#include <cstdio>
#include <cstring>

namespace emulator {

namespace {

Finding findings[MOST_FINDINGS];
int finding_count;

Finding* begun(Finding& record, Kind kind, const char* buffer, int line, int other_line,
               bool agrees, uint64_t count) {
  std::memset(&record, 0, sizeof record);
  record.kind = kind;
  record.agrees = agrees;
  record.count = count;
  record.site.line = line;
  record.other.line = other_line;
  std::snprintf(record.buffer, sizeof record.buffer, "%s", buffer);
  return &record;
}

}  // namespace

Finding* found(Kind kind, const char* buffer, int line, int other_line, bool agrees) {
  for (int i = 0; i < finding_count; ++i) {
    Finding& known = findings[i];
    if (known.kind == kind && known.site.line == line && known.other.line == other_line &&
        !std::strcmp(known.buffer, buffer)) {
      const bool worse = known.agrees && !agrees;
      ++known.count;
      if (!worse) return nullptr;
      return begun(known, kind, buffer, line, other_line, agrees, known.count);
    }
  }
  if (finding_count == MOST_FINDINGS) return nullptr;
  return begun(findings[finding_count++], kind, buffer, line, other_line, agrees, 1);
}

extern "C" __attribute__((visibility("default"))) int emulator_finding_count() { return finding_count; }
extern "C" __attribute__((visibility("default"))) const Finding* emulator_findings() {
  return findings;
}
extern "C" __attribute__((visibility("default"))) void emulator_forget() { finding_count = 0; }

}  // namespace emulator
