// What the way from Push() to the kernel costs per batch of 768 KiB (2,000 rows): queue, thread, framing, system calls.
#include <benchmark/benchmark.h>
#include <fcntl.h>

#include "ship/standard_stream.h"
#include "ship/test_peers.h"

namespace xtcp2::ship::test {
namespace {

constexpr size_t kRows = 2000;
constexpr size_t kPadding = 370;

void Run(benchmark::State& state, Shipper& shipper) {
  encode::BatchPool pool(8);
  int64_t bytes = 0;
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    auto batch = MakeBatch(pool, ProtobufList(), 0, kRows, kPadding);
    bytes += static_cast<int64_t>(batch->rows.size());
    state.ResumeTiming();
    shipper.Push(std::move(batch));
    shipper.Drain(milliseconds(10'000));
  }
  state.SetBytesProcessed(bytes);
  shipper.Stop(milliseconds(1000));
}

void ToNull(benchmark::State& state) { Run(state, *MakeShipper("null", ProtobufList(), Quick())); }
BENCHMARK(ToNull)->UseRealTime();

void ToFile(benchmark::State& state) {
  const TempDir dir;
  ShipOptions options = Quick();
  options.rotate_bytes = 64 << 20;
  options.rotate_keep = 1;
  Run(state, *MakeShipper("file:" + (dir / "rows"), ProtobufList(), options));
}
BENCHMARK(ToFile)->UseRealTime();

void ToPipe(benchmark::State& state) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  std::thread reader([&] {
    std::vector<char> buffer(65536);
    while (read(read_end.get(), buffer.data(), buffer.size()) > 0) continue;
  });
  {
    auto made = StandardStream::Open(write_end.get(), "stdout", ProtobufList());
    Shipper shipper(std::move(*made), Spec("stdout"), Quick());
    Run(state, shipper);
  }
  write_end.Close();
  reader.join();
}
BENCHMARK(ToPipe)->UseRealTime();

void ToTcp(benchmark::State& state) {
  StreamPeer peer("ip4:0", {}, 0, StreamPeer::Keep::kNothing);
  Run(state, *MakeShipper(peer.tcp(), ProtobufList(), Quick()));
}
BENCHMARK(ToTcp)->UseRealTime();

}  // namespace
}  // namespace xtcp2::ship::test
