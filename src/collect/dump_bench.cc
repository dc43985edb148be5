// What a poll of real sockets costs by system calls and by a ring: one namespace with 8,000 sockets, and 200 with 20
// each (root). Row to protobufList, batches thrown away. Compare with
// --benchmark_enable_random_interleaving=true --benchmark_repetitions=9; user and system time are per poll.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <thread>

#include "base/clock.h"
#include "collect/dump_ring.h"
#include "netlink/request.h"

namespace xtcp2::collect {
namespace {

class Discard final : public BatchOutput {
 public:
  encode::PooledBatch TakeBatch() override { return pool_.Take(); }
  bool Push(encode::PooledBatch) override { return true; }

 private:
  encode::BatchPool pool_{4};
};

struct Namespace {
  std::vector<Fd> sockets;
  std::unique_ptr<netlink::DiagSocket> diag;
  Lane lane;
};

void Connect(int pairs, std::vector<Fd>& into) {
  Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.get(), generic, size) != 0 || listen(listener.get(), 128) != 0 ||
      getsockname(listener.get(), generic, &size) != 0)
    std::abort();
  for (int i = 0; i < pairs; ++i) {
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(client.get(), generic, size) != 0) std::abort();
    into.push_back(std::move(client));
    into.emplace_back(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  into.push_back(std::move(listener));
}

void OpenDiag(Namespace& netns) {
  auto opened = netlink::DiagSocket::Open(1000);
  if (!opened) std::abort();
  netns.diag = std::make_unique<netlink::DiagSocket>(std::move(*opened));
}

// On a thread of its own, whose namespace does not matter afterwards. Empty when we may not.
std::vector<std::unique_ptr<Namespace>> MakeNamespaces(int count, int pairs) {
  std::vector<std::unique_ptr<Namespace>> made;
  std::thread([&] {
    for (int i = 0; i < count; ++i) {
      if (count > 1 && unshare(CLONE_NEWNET) != 0) return made.clear();
      made.push_back(std::make_unique<Namespace>());
      Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      ifreq up{};
      up.ifr_name[0] = 'l', up.ifr_name[1] = 'o';
      up.ifr_flags = IFF_UP;
      if (count > 1 && ioctl(any.get(), SIOCSIFFLAGS, &up) != 0) std::abort();
      Connect(pairs, made.back()->sockets);
      OpenDiag(*made.back());
    }
  }).join();
  return made;
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// range(0): receives in flight of the ring; 0: system calls.
void Poll(benchmark::State& state, std::vector<std::unique_ptr<Namespace>>& namespaces) {
  if (namespaces.empty()) return state.SkipWithError("needs root");
  std::unique_ptr<DumpRunner> runner = MakeSyscallRunner();
  if (state.range(0) > 0) {
    auto ring = MakeRingRunner({.receive_batch = static_cast<unsigned>(state.range(0))});
    if (!ring) return state.SkipWithError(ring.error().Text().c_str());
    runner = std::move(*ring);
  }
  Discard output;
  const auto sink = MakeRowSink({}, output);
  std::atomic<uint64_t> counter{0};
  const auto request = netlink::BuildDumpRequest({AF_INET, 0xff, netlink::kAllStates, 1});
  std::vector<DumpJob> jobs(namespaces.size());
  rusage before{}, after{};
  getrusage(RUSAGE_THREAD, &before);
  for (auto _ : state) {
    sink->BeginPoll(RealtimeNs(), &counter);
    for (size_t i = 0; i < jobs.size(); ++i) {
      Namespace& netns = *namespaces[i];
      netns.lane.Begin({});
      jobs[i] = {.channel = netns.diag.get(), .fd = netns.diag->fd(), .request = request, .lane = &netns.lane};
    }
    runner->Run(jobs, *sink, {10 * kNsPerSecond, nullptr});
    sink->Flush(encode::FlushReason::kPollEnd);
    for (const DumpJob& job : jobs)
      if (!job.result.complete()) state.SkipWithError("a dump was not complete");
  }
  getrusage(RUSAGE_THREAD, &after);
  using benchmark::Counter;
  const auto per_poll = [](double value) { return Counter(value * 1e6, Counter::kAvgIterations); };
  state.counters["user_us"] = per_poll(Seconds(after.ru_utime) - Seconds(before.ru_utime));
  state.counters["system_us"] = per_poll(Seconds(after.ru_stime) - Seconds(before.ru_stime));
  state.counters["rows"] = Counter(static_cast<double>(sink->TakeCounters().rows), Counter::kAvgIterations);
}

void OneNamespace(benchmark::State& state) {
  static auto namespaces = MakeNamespaces(1, 4000);
  Poll(state, namespaces);
}
void TwoHundredNamespaces(benchmark::State& state) {
  static auto namespaces = MakeNamespaces(200, 10);
  Poll(state, namespaces);
}

BENCHMARK(OneNamespace)->Arg(0)->Arg(1)->Arg(64)->Unit(benchmark::kMicrosecond);
BENCHMARK(TwoHundredNamespaces)->Arg(0)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace xtcp2::collect
