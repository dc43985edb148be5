#include "bpf/ledger_read.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <utility>

#include "base/fd.h"

namespace xtcp2::bpf {
namespace {

thread_local std::string last_words;

// Lines that follow every failure and explain none.
bool SaysNothing(std::string_view line) {
  for (const std::string_view noise :
       {"processed ", "-- BEGIN PROG LOAD LOG --", "-- END PROG LOAD LOG --", "verification time"})
    if (line.starts_with(noise)) return true;
  return line.empty() || line.find(": failed to load: -") != line.npos ||
         line.find("failed to load object") != line.npos || line.find("failed to load BPF skeleton") != line.npos;
}

void Keep(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("libbpf: ")) line.remove_prefix(8);
    if (!SaysNothing(line)) last_words = line;
  }
}

int Listen(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  char* text = nullptr;
  const int size = vasprintf(&text, format, arguments);
  if (size >= 0) Keep({text, static_cast<size_t>(size)});
  if (size >= 0) free(text);
  return 0;
}

template <class T>
void Add(T& sum, const T& other) {
  auto* to = reinterpret_cast<uint64_t*>(&sum);
  const auto* from = reinterpret_cast<const uint64_t*>(&other);
  for (size_t i = 0; i < sizeof(T) / sizeof(uint64_t); ++i) to[i] += from[i];
}

}  // namespace

LoadWords::LoadWords() : before_(libbpf_set_print(Listen)) { last_words.clear(); }
LoadWords::~LoadWords() { libbpf_set_print(before_); }
std::string LoadWords::Text() const { return last_words.empty() ? "" : ": " + last_words; }

Result<std::vector<LedgerLine>> ReadLines(int map_fd) {
  std::vector<LedgerLine> lines;
  std::vector<xtcp2_ledger_key> keys(1024);
  std::vector<xtcp2_ledger_counts> counts(keys.size());
  uint32_t place = 0, *from = nullptr;
  for (int error = 0; error != -ENOENT;) {
    auto count = static_cast<uint32_t>(keys.size());
    error = bpf_map_lookup_batch(map_fd, from, &place, keys.data(), counts.data(), &count, nullptr);
    if (error == -ENOSPC) {  // a bucket of the map is longer than that
      keys.resize(keys.size() * 2);
      counts.resize(keys.size());
      continue;
    }
    if (error != 0 && error != -ENOENT) return Fail("reading the ledger's counts", -error);
    for (uint32_t i = 0; i < count; ++i) lines.push_back({keys[i], counts[i]});
    from = &place;
  }
  return lines;
}

std::vector<LedgerLine> ByNamespace(const std::vector<LedgerLine>& lines, const std::vector<LedgerLine>& more) {
  std::map<std::pair<uint64_t, uint32_t>, xtcp2_ledger_counts> sums;
  for (const auto* some : {&lines, &more})
    for (const LedgerLine& line : *some) Add(sums[{line.key.netns_cookie, line.key.netns_inode}], line.counts);
  std::vector<LedgerLine> out;
  for (const auto& [netns, counts] : sums) {
    xtcp2_ledger_key key{};
    key.netns_cookie = netns.first;
    key.netns_inode = netns.second;
    out.push_back({key, counts});
  }
  return out;
}

Result<size_t> DeleteLines(int map_fd, std::span<const uint64_t> netns_cookies) {
  const auto lines = ReadLines(map_fd);
  if (!lines) return tl::unexpected(lines.error());
  size_t deleted = 0;
  for (const LedgerLine& line : *lines)
    if (std::ranges::find(netns_cookies, line.key.netns_cookie) != netns_cookies.end() &&
        bpf_map_delete_elem(map_fd, &line.key) == 0)
      ++deleted;
  return deleted;
}

Result<LedgerTotals> ReadTotals(int map_fd, size_t cpus) {
  LedgerTotals sum{};
  std::vector<xtcp2_ledger_totals> each(cpus);
  const uint32_t key = 0;
  if (const int error = bpf_map_lookup_elem(map_fd, &key, each.data()))
    return Fail("reading the ledger's totals", -error);
  for (const xtcp2_ledger_totals& one : each) Add<xtcp2_ledger_totals>(sum, one);
  sum.running = sum.reserved2 = 0;
  return sum;
}

Result<uint64_t> ReadMisses(int program_fd) {
  bpf_prog_info info{};
  uint32_t size = sizeof info;
  if (const int error = bpf_obj_get_info_by_fd(program_fd, &info, &size))
    return Fail("asking about the ledger's program", -error);
  return info.recursion_misses;
}

size_t ReadMemory(int fd) {
  const Fd file(open(fmt::format("/proc/self/fdinfo/{}", fd).c_str(), O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = file.ok() ? read(file.get(), text, sizeof text) : 0;
  const std::string_view all(text, static_cast<size_t>(std::max<ssize_t>(0, size)));
  constexpr std::string_view kName = "memlock:\t";
  const size_t at = all.find(kName);
  size_t bytes = 0;
  if (at != all.npos) std::from_chars(text + at + kName.size(), text + all.size(), bytes);
  return bytes;
}

}  // namespace xtcp2::bpf
