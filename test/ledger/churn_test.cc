// The ledger against who made the connections:
//   1. at a rate, with a large ring: every end has exactly one CLOSE event, with its bytes and its ending, and no
//   other;
//   2. as fast as the machine goes, with the smallest ring: what was lost is what is said to be lost;
//   3. the generator's speed with and without us, printed.
// ledger_churn_test [seconds [connections-per-second [namespaces]]]; without them a short run. Exit code 77: not root.
#include <linux/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <system_error>
#include <thread>
#include <tuple>

#include "bpf/ledger.h"
#include "generator.h"

namespace xtcp2::test {
namespace {

using bpf::LedgerOptions;
using bpf::LedgerProgram;
using Key = std::tuple<uint64_t, uint32_t, uint16_t, uint32_t, uint16_t>;

struct Seen {
  unsigned times = 0;
  uint64_t sent = 0, received = 0;
  uint8_t ending = 0, opened_as = 0;
};

int failures = 0;
void Demand(bool holds, const char* what) {
  if (holds) return;
  ++failures;
  std::printf("FAILED: %s\n", what);
}

uint32_t Word(const uint8_t* at) { return uint32_t{at[0]} << 24 | at[1] << 16 | at[2] << 8 | at[3]; }

// Reads the ring on a thread of its own until told to stop, then until nothing comes any more.
class Reader {
 public:
  Reader(LedgerProgram& program, std::chrono::milliseconds pause)
      : program_(program), pause_(pause), thread_([this] { Run(); }) {}
  ~Reader() { Stop(); }
  std::map<Key, Seen>& Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return seen_;
  }

 private:
  void Run() {
    const auto take = [this](const xtcp2_ledger_event& event) { Take(event); };
    while (!stop_) {
      program_.Drain(1 << 20, take);
      std::this_thread::sleep_for(pause_);
    }
    for (int quiet = 0; quiet < 20; ++quiet) {  // sockets whose end the kernel puts off to a softirq
      if (program_.Drain(1 << 20, take) > 0) quiet = 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  void Take(const xtcp2_ledger_event& event) {
    const uint8_t* msg = event.row.msg;
    tcp_info info;
    std::memcpy(&info, event.row.info, sizeof info);
    Seen& seen = seen_[{event.row.netns_cookie, Word(msg + 8), static_cast<uint16_t>(msg[4] << 8 | msg[5]),
                        Word(msg + 24), static_cast<uint16_t>(msg[6] << 8 | msg[7])}];
    ++seen.times;
    seen.sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
    seen.received = info.tcpi_bytes_received;
    seen.ending = event.facts.ending;
    seen.opened_as = event.facts.opened_as;
  }

  LedgerProgram& program_;
  std::chrono::milliseconds pause_;
  std::atomic<bool> stop_ = false;
  std::map<Key, Seen> seen_;
  std::thread thread_;
};

std::unique_ptr<LedgerProgram> Begin(const LedgerOptions& options) {
  auto loaded = LedgerProgram::Load(options);
  if (!loaded) {
    std::printf("FAILED: %s\n", loaded.error().Text().c_str());
    std::exit(1);
  }
  return std::move(*loaded);
}

Key KeyOf(const End& end) { return {end.netns_cookie, end.local, end.local_port, end.remote, end.remote_port}; }

struct Found {
  size_t right = 0, missing = 0, twice = 0, bytes = 0, endings = 0, strangers = 0;
};

Found Compare(const std::vector<End>& log, std::map<Key, Seen>& seen) {
  Found found;
  std::set<uint64_t> ours;
  for (const End& end : log) {
    ours.insert(end.netns_cookie);
    const auto at = seen.find(KeyOf(end));
    if (at == seen.end()) {
      ++found.missing;
      continue;
    }
    const Seen& row = at->second;
    const bool bytes = row.sent == end.sent && (row.received == end.received || row.received == end.received + 1);
    const bool ending = row.ending == end.ending && row.opened_as == end.opened_as;
    found.twice += row.times != 1;
    found.bytes += !bytes;
    found.endings += !ending;
    if (!ending && found.endings <= 3)
      std::printf("port %u to %u: ended %u, opened as %u; the ledger says %u, %u\n", end.local_port, end.remote_port,
                  end.ending, end.opened_as, row.ending, row.opened_as);
    found.right += row.times == 1 && bytes && ending;
    seen.erase(at);
  }
  for (const auto& [key, row] : seen) found.strangers += ours.count(std::get<0>(key));
  return found;
}

void EveryEndHasItsRow(const Load& load) {
  const auto program = Begin({.mode = LedgerOptions::kRows, .ring_bytes = 16 << 20, .max_namespaces = 65536});
  Reader reader(*program, std::chrono::milliseconds(5));
  const Made made = Generate(load);
  const Found found = Compare(made.log, reader.Stop());
  const auto totals = program->Totals().value();
  std::printf(
      "rows: %zu ends at %.0f connections/s: right %zu, missing %zu, twice %zu, bytes %zu, ending %zu, strangers %zu; "
      "nested %llu, missed %llu, births lost %llu\n",
      made.log.size(), made.connections / made.seconds, found.right, found.missing, found.twice, found.bytes,
      found.endings, found.strangers, static_cast<unsigned long long>(totals.nested),
      static_cast<unsigned long long>(totals.missed), static_cast<unsigned long long>(totals.births_lost));
  Demand(static_cast<double>(found.right) >= 0.999 * static_cast<double>(made.log.size()),
         "99.9 % of ends have one right row");
  Demand(found.twice == 0 && found.strangers == 0, "no end twice, none that was not there");
}

void LossIsTold(const Load& load) {
  const auto program = Begin({.mode = LedgerOptions::kRows, .ring_bytes = 64 << 10, .max_namespaces = 65536});
  Reader reader(*program, std::chrono::milliseconds(300));
  const Made made = Generate(load);
  const Found found = Compare(made.log, reader.Stop());
  std::set<uint64_t> ours;
  for (const End& end : made.log) ours.insert(end.netns_cookie);
  double claimed = 0;
  const auto lines = program->Namespaces().value();
  for (const bpf::LedgerLine& line : lines)
    if (ours.count(line.key.netns_cookie)) claimed += static_cast<double>(line.counts.rows_lost);
  const auto lost = static_cast<double>(found.missing);
  std::printf("small ring: %zu ends at %.0f connections/s: lost %.0f, said %.0f\n", made.log.size(),
              made.connections / made.seconds, lost, claimed);
  Demand(lost > 0, "the ring was too small");
  Demand(std::abs(lost - claimed) <= 0.01 * lost, "the claimed loss is within 1 % of the true one");
}

double Middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void SpeedBesideUs(Load load) {
  std::vector<double> with, without;
  for (int round = 0; round < 10; ++round) {
    std::unique_ptr<LedgerProgram> program;
    if (round % 2) program = Begin({.mode = LedgerOptions::kCounts, .max_namespaces = 65536});
    const Made made = Generate(load);
    (round % 2 ? with : without).push_back(made.connections / made.seconds);
  }
  std::printf("speed: %.0f connections/s without us, %.0f with the counts: %.3f\n", Middle(without), Middle(with),
              Middle(with) / Middle(without));
}

}  // namespace
}  // namespace xtcp2::test

int main(int argc, char** argv) {
  if (geteuid() != 0) {
    std::puts("needs root");
    return 77;
  }
  xtcp2::test::Load load;
  if (argc > 1) load.seconds = std::atof(argv[1]);
  if (argc > 2) load.per_second = std::atof(argv[2]);
  if (argc > 3) load.namespaces = static_cast<unsigned>(std::atoi(argv[3]));
  try {
    xtcp2::test::EveryEndHasItsRow(load);
    load.per_second = 0;
    load.seconds = std::min(load.seconds, 3.0);
    xtcp2::test::LossIsTold(load);
    load.seconds = 0.5;
    xtcp2::test::SpeedBesideUs(load);
  } catch (const std::system_error& error) {
    std::printf("FAILED: %s\n", error.what());
    return 1;
  }
  return xtcp2::test::failures ? 1 : 0;
}
