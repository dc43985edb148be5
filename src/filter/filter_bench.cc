// What a filter and a sample cost for each socket. As after a dump, the message is in the cache and one Socket serves
// all; the order is one that the branch predictor cannot learn.
#include <benchmark/benchmark.h>

#include "filter/filter.h"
#include "filter/filter_for_test.h"
#include "filter/sampler.h"

namespace xtcp2::filter {
namespace {

struct Row {
  abi::InetDiagMsg message;
  uint32_t mark;
  uint64_t cgroup;
};

const std::vector<Row>& Rows() {
  static const auto rows = [] {
    std::mt19937_64 random(3);
    std::vector<Row> made;
    for (int i = 0; i < 4096; ++i) {
      const bool inet6 = random() % 3 == 0;
      const std::string last = std::to_string(random() % 250);
      const MadeSocket socket(1, inet6 ? "fd77::" + last : "10.1.2." + last, 443,
                              inet6 ? "fd78::" + last : "10.9.8." + last,
                              static_cast<uint16_t>(1024 + random() % 60'000));
      made.push_back({socket.message, static_cast<uint32_t>(random() % 4), random() % 4});
    }
    return made;
  }();
  return rows;
}

template <class Keep>
void Run(benchmark::State& state, const Keep& keep) {
  schema::Socket socket;
  const Row* rows = Rows().data();
  size_t at = 0, kept = 0;
  for (auto _ : state) {
    const Row& row = rows[at++ & 4095];
    socket.part[schema::Index(schema::Part::kMsg)] = reinterpret_cast<const uint8_t*>(&row.message);
    socket.part[schema::Index(schema::Part::kMark)] = reinterpret_cast<const uint8_t*>(&row.mark);
    socket.part[schema::Index(schema::Part::kCgroup)] = reinterpret_cast<const uint8_t*>(&row.cgroup);
    kept += keep(socket);
  }
  state.counters["kept"] = static_cast<double>(kept) / static_cast<double>(state.iterations());
}

void Matches(benchmark::State& state, const char* text) {
  const Filter filter = *Filter::Parse(text, MadeNames());
  Run(state, [&](const schema::Socket& socket) { return filter.Matches(socket); });
}
BENCHMARK_CAPTURE(Matches, everything, "");
BENCHMARK_CAPTURE(Matches, state_and_port, "state established and sport = :443");
BENCHMARK_CAPTURE(Matches, prefix, "src 10/8");
BENCHMARK_CAPTURE(Matches, eight_conditions,
                  "state listening or ( dport >= 5000 and not dst [fd78::/64] and not dst 10.9.8.128/25 and ( fwmark 1 "
                  "or fwmark 2 or cgroup 1 ) )");

void Keeps(benchmark::State& state) {
  const Sampler sampler(5, 100);
  Run(state, [&](const schema::Socket& socket) { return sampler.Keeps(socket); });
}
BENCHMARK(Keeps);

void Parse(benchmark::State& state) {
  const Names names = MadeNames();
  for (auto _ : state)
    benchmark::DoNotOptimize(
        Filter::Parse("state established and ( dport = :443 or dst [fd77::/64] )", names)->Compile());
}
BENCHMARK(Parse);

}  // namespace
}  // namespace xtcp2::filter
