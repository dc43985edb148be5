// What reading 20,000 connections of one namespace costs, by a netlink dump and by the walk in BPF in both variants:
// the kernel's answers alone ("Read"), and made into protobufList rows that are thrown away ("Rows"). Needs root.
// Compare with --benchmark_enable_random_interleaving=true --benchmark_repetitions=9. ns_per_socket is this thread's
// processor time for one of these 20,000; the walk has to read what other namespaces have as well (`sockets` in all).
#include <benchmark/benchmark.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <thread>

#include "base/clock.h"
#include "bpf/walker.h"
#include "collect/dump_runner.h"
#include "collect/make_sink.h"
#include "netlink/request.h"

namespace xtcp2::daemon {
namespace {

// Half of them have no descriptor: nobody accepts them.
constexpr int kListeners = 5, kClientsOfOne = 2000;
constexpr uint64_t kSockets = 2 * kListeners * kClientsOfOne;

class Discard final : public collect::BatchOutput {
 public:
  encode::PooledBatch TakeBatch() override { return pool_.Take(); }
  bool Push(encode::PooledBatch) override { return true; }

 private:
  encode::BatchPool pool_{4};
};

void Require(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::exit(1);
}

struct Place {
  std::vector<Fd> sockets;
  std::unique_ptr<netlink::DiagSocket> diag;
};

void Connect(std::vector<Fd>& into) {
  Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  Require(bind(listener.get(), any, size) == 0 && listen(listener.get(), kClientsOfOne) == 0 &&
              getsockname(listener.get(), any, &size) == 0,
          "listening");
  for (int i = 0; i < kClientsOfOne; ++i) {
    into.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Require(connect(into.back().get(), any, size) == 0, "connecting");
  }
  into.push_back(std::move(listener));
}

// In a namespace of their own, made once.
Place& Sockets() {
  static Place place = [] {
    Place made;
    std::thread([&made] {
      Require(unshare(CLONE_NEWNET) == 0, "making a network namespace");
      const Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      ifreq up{};
      std::strcpy(up.ifr_name, "lo");
      up.ifr_flags = IFF_UP;
      Require(ioctl(any.get(), SIOCSIFFLAGS, &up) == 0, "lo");
      for (int i = 0; i < kListeners; ++i) Connect(made.sockets);
      auto opened = netlink::DiagSocket::Open(5000);
      Require(opened.has_value(), "opening a netlink socket");
      made.diag = std::make_unique<netlink::DiagSocket>(std::move(*opened));
    }).join();
    return made;
  }();
  return place;
}

class Cost {
 public:
  explicit Cost(benchmark::State& state) : state_(state), begin_(ThreadCpuNs()) {}
  void Add(uint64_t sockets) {
    sockets_ += sockets;
    ++rounds_;
  }
  void Finish() {
    if (sockets_ < rounds_ * kSockets) return state_.SkipWithError("sockets are missing");
    state_.counters["ns_per_socket"] =
        static_cast<double>(ThreadCpuNs() - begin_) / static_cast<double>(rounds_ * kSockets);
    state_.counters["sockets"] = benchmark::Counter(static_cast<double>(sockets_), benchmark::Counter::kAvgIterations);
  }

 private:
  benchmark::State& state_;
  int64_t begin_;
  uint64_t rounds_ = 0, sockets_ = 0;
};

// Takes the answers and does nothing with them.
class Counting final : public collect::RowSink {
 public:
  void BeginPoll(int64_t, std::atomic<uint64_t>*, const filter::Sampler&) override {}
  void Enter(collect::Lane&) override {}
  collect::DatagramOutcome OnDatagram(Bytes datagram, const collect::DumpExpectation& expect, int64_t) override {
    return collect::WalkDatagram(datagram, expect, [this](Bytes) { ++counters_.rows; });
  }
  void OnRows(std::span<const xtcp2_bpf_row> rows, collect::LaneFinder&, int64_t) override {
    counters_.rows += rows.size();
  }
  void OnEvent(const xtcp2_ledger_event&, collect::Lane&, int64_t) override {}
  void Flush(encode::FlushReason) override {}
  collect::SinkCounters TakeCounters() override { return std::exchange(counters_, {}); }

 private:
  collect::SinkCounters counters_;
};

struct OneLane final : collect::LaneFinder {
  collect::Lane* Find(const xtcp2_bpf_row&) override { return &lane; }
  collect::Lane lane;
};

std::unique_ptr<collect::RowSink> SinkOf(bool encode, Discard& output) {
  if (encode) return collect::MakeRowSink({}, output);
  return std::make_unique<Counting>();
}

void Netlink(benchmark::State& state) {
  Place& place = Sockets();
  Discard output;
  const auto sink = SinkOf(state.range(0) != 0, output);
  const auto runner = collect::MakeSyscallRunner();
  std::vector<uint8_t> request;
  netlink::BuildDumpRequest({netlink::kBothFamilies, 0xff, netlink::kAllStates, 1}, request);
  OneLane lanes;
  std::atomic<uint64_t> counter{0};
  Cost cost(state);
  for (auto _ : state) {
    sink->BeginPoll(RealtimeNs(), &counter);
    lanes.lane.Begin({});
    collect::DumpJob job{.channel = place.diag.get(), .fd = place.diag->fd(), .request = request, .lane = &lanes.lane};
    runner->Run({&job, 1}, *sink, {10 * kNsPerSecond, nullptr});
    sink->Flush(encode::FlushReason::kPollEnd);
    if (!job.result.complete()) return state.SkipWithError("a dump was not complete");
    cost.Add(sink->TakeCounters().rows);
  }
  cost.Finish();
}

Result<> WalkOnce(bpf::WalkProgram& program, collect::RowSink& sink, OneLane& lanes) {
  const auto list = program.Tables(0);
  if (!list) return tl::unexpected(list.error());
  for (const bpf::Table& table : list->tables) {
    for (uint32_t bucket = 0; bucket < table.buckets;) {
      const auto block = program.Next(0, table, bucket, table.buckets);
      if (!block) return tl::unexpected(block.error());
      sink.OnRows(block->rows, lanes, RealtimeNs());
      bucket = block->next_bucket;
    }
  }
  return {};
}

void Walk(benchmark::State& state, bpf::Variant variant) {
  Sockets();
  const auto program = bpf::WalkProgram::Load({.variant = variant});
  if (!program) return state.SkipWithError(program.error().Text().c_str());
  Discard output;
  const auto sink = SinkOf(state.range(0) != 0, output);
  OneLane lanes;
  std::atomic<uint64_t> counter{0};
  Cost cost(state);
  for (auto _ : state) {
    sink->BeginPoll(RealtimeNs(), &counter);
    lanes.lane.Begin({});
    if (auto done = WalkOnce(**program, *sink, lanes); !done) return state.SkipWithError(done.error().Text().c_str());
    sink->Flush(encode::FlushReason::kPollEnd);
    cost.Add(sink->TakeCounters().rows);
  }
  cost.Finish();
}

void WalkTyped(benchmark::State& state) { Walk(state, bpf::Variant::kTypedLoads); }
void WalkBulk(benchmark::State& state) { Walk(state, bpf::Variant::kBulkReads); }

// 0: answers only; 1: rows are made.
BENCHMARK(Netlink)->ArgName("rows")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(WalkTyped)->ArgName("rows")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(WalkBulk)->ArgName("rows")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace xtcp2::daemon
