// What a batch of 2,000 rows costs on its way to the disk and back, and what a start costs that finds much.
#include <benchmark/benchmark.h>

#include "spool/spool_for_test.h"

namespace xtcp2::spool::test {
namespace {

constexpr size_t kRows = 2000;
constexpr size_t kRowBytes = 400;

Options Large(bool sync) {
  Options options;
  options.bytes = uint64_t{1} << 30;
  options.sync_each = sync;
  return options;
}

void Append(benchmark::State& state, bool sync) {
  const TempDir dir;
  Box box(dir.path() + "/s", Large(sync));
  const encode::Batch batch = MakeBatch(1, kRows, kRowBytes);
  for ([[maybe_unused]] auto step : state)
    if (!box->Append(batch)) state.SkipWithError("no room");
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(batch.rows.size()));
}
BENCHMARK_CAPTURE(Append, synced_by_segment, false)->UseRealTime();
BENCHMARK_CAPTURE(Append, synced_each, true)->UseRealTime();

void ReadBack(benchmark::State& state) {
  const TempDir dir;
  Box box(dir.path() + "/s", Large(false));
  const encode::Batch batch = MakeBatch(1, kRows, kRowBytes);
  encode::Batch read;
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    box->Append(batch);
    state.ResumeTiming();
    if (!box->Next(read)) state.SkipWithError("nothing there");
    box->Done();
    box->Commit();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(batch.rows.size()));
}
BENCHMARK(ReadBack)->UseRealTime();

// A start that finds 256 MiB in records of about 50 KiB, the size of a small host's poll.
void Recover(benchmark::State& state) {
  const TempDir dir;
  const std::string folder = dir.path() + "/s";
  {
    Box box(folder, Large(false));
    for (uint64_t i = 0; box->GetLevel().bytes < (256u << 20); ++i) box->Append(MakeBatch(i, 500, kRowBytes));
  }
  for ([[maybe_unused]] auto step : state) {
    const Box box(folder, Large(false));
    state.counters["records"] = static_cast<double>(box.spool->recovered().records);
    state.counters["MiB"] = static_cast<double>(box.spool->GetLevel().bytes) / 1048576;
  }
}
BENCHMARK(Recover)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace xtcp2::spool::test
