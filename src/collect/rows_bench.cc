// What user space does with the rows of the walk in BPF: locating one, and making protobufList rows of blocks in which
// the sockets of 1 or of 1,000 namespaces are mixed as a hash table mixes them. The rows are real sockets
// (encode/crowd_for_test.h, "varied"). items_per_second is of rows.
#include <benchmark/benchmark.h>

#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "base/check.h"
#include "collect/make_sink.h"
#include "decode/bpf_row.h"
#include "encode/crowd_for_test.h"

namespace xtcp2::collect {
namespace {

using schema::Part;

constexpr size_t kBlock = 256;  // -walkRows
constexpr int64_t kNowNs = 1'795'526'100'000'000'000;

class Discard final : public BatchOutput {
 public:
  encode::PooledBatch TakeBatch() override { return pool_.Take(); }
  bool Push(encode::PooledBatch) override { return true; }

 private:
  encode::BatchPool pool_{4};
};

// As src/bpf would have filled it.
xtcp2_bpf_row RowOf(const schema::Socket& socket) {
  xtcp2_bpf_row row{};
  row.parts = socket.row.parts_present;
  const auto copy = [&](Part part, void* to, size_t bytes) { std::memcpy(to, socket[part], bytes); };
  copy(Part::kMsg, row.msg, sizeof row.msg);
  copy(Part::kInfo, row.info, sizeof row.info);
  row.info_length = socket.row.tcp_info_length;
  std::memcpy(row.cong, socket.row.cong, sizeof row.cong);
  std::memcpy(row.ulp, socket.row.ulp, sizeof row.ulp);
  copy(Part::kSkMem, row.skmem, sizeof row.skmem);
  copy(Part::kMark, &row.mark, sizeof row.mark);
  copy(Part::kCgroup, &row.cgroup_id, sizeof row.cgroup_id);
  copy(Part::kClassId, &row.class_id, sizeof row.class_id);
  copy(Part::kTos, &row.tos, 1);
  copy(Part::kTclass, &row.tclass, 1);
  copy(Part::kShutdown, &row.shutdown, 1);
  copy(Part::kSkV6Only, &row.v6only, 1);
  copy(Part::kSockopt, row.sockopt, sizeof row.sockopt);
  return row;
}

// Rows of so many namespaces, whose inodes are 0 and up, and one more behind the last: what lies there is read.
const std::vector<xtcp2_bpf_row>& Rows(uint32_t namespaces) {
  static std::vector<xtcp2_bpf_row> rows = [] {
    std::vector<xtcp2_bpf_row> made;
    schema::Socket socket;
    decode::LocateCounters counters;
    encode::Crowd::Varied(XTCP2_SOURCE_DIR).ForEach([&](Bytes answer) {
      if (decode::Locate(answer, {}, socket, counters)) made.push_back(RowOf(socket));
    });
    XTCP2_CHECK(made.size() > 1000, "the data set of the benchmarks is missing or cut");
    made.resize(made.size() / kBlock * kBlock + 1);
    return made;
  }();
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i].netns_inode = static_cast<uint32_t>(i * 0x9e3779b1 >> 7) % namespaces;
  return rows;
}

void LocateRow(benchmark::State& state) {
  const auto& rows = Rows(1);
  schema::Socket socket;
  for (auto _ : state)
    for (size_t i = 0; i + 1 < rows.size(); ++i) {
      decode::LocateRow(rows[i], {}, socket);
      benchmark::DoNotOptimize(&socket);
    }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(rows.size() - 1));
}

struct ByInode final : LaneFinder {
  explicit ByInode(size_t count) : lanes(count) {
    for (size_t i = 0; i < count; ++i) {
      names.push_back("namespace-" + std::to_string(i));
      schema::Context context;
      context.netns = names.back();
      context.netns_inode = i;
      lanes[i].Begin(context);
    }
  }
  Lane* Find(const xtcp2_bpf_row& row) override { return &lanes[row.netns_inode]; }
  std::deque<std::string> names;
  std::vector<Lane> lanes;
};

void OnRows(benchmark::State& state) {
  const auto namespaces = static_cast<uint32_t>(state.range(0));
  const auto& rows = Rows(namespaces);
  ByInode lanes(namespaces);
  Discard output;
  const auto sink = MakeProtobufSink({}, output);
  std::atomic<uint64_t> counter{0};
  for (auto _ : state) {
    sink->BeginPoll(kNowNs, &counter);
    for (size_t at = 0; at + 1 < rows.size(); at += kBlock)
      sink->OnRows(std::span(rows).subspan(at, kBlock), lanes, kNowNs + 7'000'000);
    sink->Flush(encode::FlushReason::kPollEnd);
  }
  XTCP2_CHECK(sink->TakeCounters().rows == counter && counter != 0, "each row in a lane is made");
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(rows.size() - 1));
}

BENCHMARK(LocateRow)->Unit(benchmark::kMicrosecond);
BENCHMARK(OnRows)->ArgName("namespaces")->Arg(1)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace xtcp2::collect
