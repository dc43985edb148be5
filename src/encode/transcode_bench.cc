// From the bytes of a datagram to rows, located and encoded together, on real sockets: the time of an iteration is that
// of all of them, items_per_second that of a row. "count/FORMAT" are for tools/dev/instructions.py: they run
// CountedPass, whose instructions callgrind counts, once.
#include <benchmark/benchmark.h>

#include <optional>

#include "base/check.h"
#include "encode/crowd_for_test.h"
#include "encode/delimited.h"
#include "encode/humanize.h"
#include "encode/json.h"
#include "encode/msgpack.h"
#include "encode/protobuf.h"
#include "encode/prototext.h"
#include "encode/table.h"

namespace xtcp2::encode {
namespace {

const Crowd& TheCrowd(bool varied) {
  static std::optional<Crowd> crowds[2];
  std::optional<Crowd>& crowd = crowds[varied];
  if (!crowd) crowd.emplace(varied ? Crowd::Varied(XTCP2_SOURCE_DIR) : Crowd::AsCaptured(XTCP2_SOURCE_DIR));
  XTCP2_CHECK(crowd->count() > 1000, "the data set of the benchmarks is missing or cut");
  return *crowd;
}

// What a reader does with each answer, without the batches around it.
template <class Encoder>
class Reader {
 public:
  Reader(Format format, bool portable) : encoder_(EncodeOptions{format, schema::Epoch::k2, {}, portable}) {
    encoder_.EncodeContext(UsualContext(), runs_);
  }
  void Pass(const Crowd& crowd) {
    uint64_t counter = 0;
    crowd.ForEach([&](Bytes answer) {
      if (!decode::Locate(answer, {}, socket_, counters_)) return;
      socket_.row.record_counter = ++counter;
      socket_.row.observed_delay_us = 12'345;
      if (rows_.size() > 768 * 1024) rows_.Clear();
      encoder_.Append(socket_, runs_, rows_);
    });
    benchmark::DoNotOptimize(rows_.data());
  }

 private:
  Encoder encoder_;
  ContextRuns runs_;
  schema::Socket socket_;
  decode::LocateCounters counters_;
  Buffer rows_{1 << 20};
};

// Locating alone.
struct NoEncoder {
  explicit NoEncoder(const EncodeOptions&) {}
  void EncodeContext(const schema::Context&, ContextRuns&) const {}
  void Append(const schema::Socket& socket, const ContextRuns&, Buffer&) const { benchmark::DoNotOptimize(&socket); }
};

template <class Encoder>
[[gnu::noinline]] void CountedPass(Reader<Encoder>& reader, const Crowd& crowd) {
  reader.Pass(crowd);
}

template <class Encoder>
void BM_Transcode(benchmark::State& state, Format format, bool portable, bool varied, bool counted) {
  const Crowd& crowd = TheCrowd(varied);
  Reader<Encoder> reader(format, portable);
  reader.Pass(crowd);
  for (auto _ : state) counted ? CountedPass(reader, crowd) : reader.Pass(crowd);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * crowd.count()));
  state.counters["ns/row"] = benchmark::Counter(1e-9 * static_cast<double>(state.iterations() * crowd.count()),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  if (counted) state.counters["rows"] = static_cast<double>(crowd.count());
}

template <class Encoder>
bool Register(const std::string& name, Format format, bool portable = false) {
  for (const bool varied : {false, true}) {
    const std::string suffix = name + (varied ? "/varied" : "/real");
    benchmark::RegisterBenchmark(("crowd/" + suffix).c_str(), BM_Transcode<Encoder>, format, portable, varied, false);
    benchmark::RegisterBenchmark(("count/" + suffix).c_str(), BM_Transcode<Encoder>, format, portable, varied, true)
        ->Iterations(1);
  }
  return true;
}
template <class Encoder>
bool Register(Format format) {
  return Register<Encoder>(std::string(FormatName(format)), format);
}

const bool kRegistered =
    Register<NoEncoder>("locate", Format::kProtobufList) && Register<ProtobufEncoder>(Format::kProtobufList) &&
    Register<ProtobufEncoder>("protobufList-portable", Format::kProtobufList, true) &&
    Register<MsgpackEncoder>(Format::kMsgpack) &&
    Register<MsgpackEncoder>("msgpack-portable", Format::kMsgpack, true) && Register<JsonlEncoder>(Format::kJsonl) &&
    Register<CsvEncoder>(Format::kCsv) && Register<TsvEncoder>(Format::kTsv) &&
    Register<ProtoJsonEncoder>(Format::kProtoJson) && Register<ProtoTextEncoder>(Format::kProtoText) &&
    Register<HumanizeEncoder>(Format::kHumanize) && Register<TableEncoder>(Format::kTable);

}  // namespace
}  // namespace xtcp2::encode
