// The account of the ledger as others read it: JSON for programs, text for people. Pure functions.
#pragma once

#include <span>
#include <string>

#include "ledger/coverage.h"

namespace xtcp2::ledger {

// What a report is at a time, and what goes with it.
struct Snapshot {
  CoverageReport report;
  bool paused = false;        // counts only for now: rows were too many
  uint64_t ring_bytes = 0;    // 0: no rows
  uint64_t memory_bytes = 0;  // that the ledger holds in the kernel
  int64_t taken_at = 0;       // wall time, ns
  int64_t began_at = 0;       // wall time, ns, of loading
};

enum class Detail : uint8_t {
  kHost,        // and the worst namespaces
  kNamespaces,  // and all of them
  kPorts,       // and counts by port
};

inline constexpr size_t kWorst = 10;  // namespaces that are named in a report without detail

// One JSON object and a newline. `ports`: for kPorts, the ledger's lines.
std::string ReportJson(const Snapshot& snapshot, Detail detail, std::span<const bpf::LedgerLine> ports = {});
// Some lines, each ended.
std::string ReportText(const Snapshot& snapshot, Detail detail, std::span<const bpf::LedgerLine> ports = {});

}  // namespace xtcp2::ledger
