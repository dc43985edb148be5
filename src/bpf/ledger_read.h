// Reading the ledger's maps, and what libbpf says while an object is loaded. Parts of ledger.cc; not for others.
#pragma once

#include <bpf/libbpf.h>

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bpf/ledger.h"

namespace xtcp2::bpf {

// Keeps the last line that libbpf or the verifier wrote on this thread and that says something; nothing reaches stderr
// while it lives.
class LoadWords {
 public:
  LoadWords();
  ~LoadWords();
  LoadWords(const LoadWords&) = delete;
  LoadWords& operator=(const LoadWords&) = delete;
  // ": what was said", or empty.
  std::string Text() const;

 private:
  libbpf_print_fn_t before_;
};

// All lines of a hash map.
Result<std::vector<LedgerLine>> ReadLines(int map_fd);
// One line for each namespace: the sum of its lines.
std::vector<LedgerLine> ByNamespace(const std::vector<LedgerLine>& lines, const std::vector<LedgerLine>& more);
// Takes out those of these namespaces.
Result<size_t> DeleteLines(int map_fd, std::span<const uint64_t> netns_cookies);
// The sum over all CPUs; `cpus`: how many are possible.
Result<LedgerTotals> ReadTotals(int map_fd, size_t cpus);
// How often the kernel did not enter a program because it was running there.
Result<uint64_t> ReadMisses(int program_fd);
// "memlock" of a map or program; 0 where the kernel does not tell.
size_t ReadMemory(int fd);

}  // namespace xtcp2::bpf
