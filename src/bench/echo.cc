#include "bench/echo.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>

#include <cstdio>
#include <memory>

#include "base/clock.h"
#include "bench/connection.h"
#include "bench/statistics.h"

namespace xtcp2::bench {
namespace {

constexpr size_t kMessageBytes = 64;
constexpr unsigned kListenerNumber = 0;  // 127.64.0.1; holders count from their process id on

int EchoServer(int fd) {
  char message[kMessageBytes];
  ssize_t count;
  while ((count = recv(fd, message, sizeof message, 0)) > 0)
    if (send(fd, message, static_cast<size_t>(count), MSG_NOSIGNAL) != count) return 1;
  return 0;
}

// Both ends run on the last processor that this process may use. On two of them a message would wait for a sleeping
// processor to wake up, and a host that polls, whose processors do not sleep, would seem the faster one.
void ShareOneProcessor() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return;
  int last = CPU_SETSIZE - 1;
  while (last > 0 && !CPU_ISSET(last, &set)) --last;
  CPU_ZERO(&set);
  CPU_SET(last, &set);
  sched_setaffinity(0, sizeof set, &set);
}

bool RoundTrip(int fd) {
  char message[kMessageBytes] = {};
  return send(fd, message, sizeof message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message) &&
         recv(fd, message, sizeof message, MSG_WAITALL) == static_cast<ssize_t>(sizeof message);
}

// "<round trips> <p50 in ns> <p99 in ns>", or what went wrong.
std::string OneWindow(int fd, double seconds) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  const int64_t end = MonotonicNs() + static_cast<int64_t>(seconds * 1e9);
  for (int64_t now = MonotonicNs(); now < end;) {
    if (!RoundTrip(fd)) return "the echo failed: " + ErrnoText(errno);
    const int64_t then = MonotonicNs();
    histogram->Add(static_cast<uint64_t>(then - now));
    now = then;
  }
  return fmt::format("{} {} {}", histogram->count(), histogram->Quantile(0.5), histogram->Quantile(0.99));
}

int EchoClient(int from, int to) {
  ShareOneProcessor();
  Result<Listener> listener = Listener::Open("4", kListenerNumber);
  Result<Connection> pair = listener ? listener->Connect() : tl::unexpected(listener.error());
  if (!pair) return dprintf(to, "%s\n", pair.error().Text().c_str()), 1;
  const int on = 1;
  const linger at_once{1,
                       0};  // killed, they leave nothing in TIME_WAIT, which would be a socket of the next measurement
  for (const Fd* end : {&pair->client, &pair->server}) {
    setsockopt(end->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(end->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  Result<Child> server = Child::Fork([&](int, int) {
    pair->client.Close();
    return EchoServer(pair->server.get());
  });
  if (!server) return dprintf(to, "%s\n", server.error().Text().c_str()), 1;
  pair->server.Close();
  dprintf(to, "ready\n");
  const std::unique_ptr<FILE, int (*)(FILE*)> orders(fdopen(from, "r"), fclose);
  double seconds = 0;
  while (orders && std::fscanf(orders.get(), "%lf", &seconds) == 1)
    dprintf(to, "%s\n", OneWindow(pair->client.get(), seconds).c_str());
  return 0;
}

}  // namespace

Result<EchoPair> EchoPair::Start() {
  Result<Child> child = Child::Fork(EchoClient);
  if (!child) return tl::unexpected(child.error());
  const Result<std::string> line = child->ReadLine(10'000);
  if (!line) return tl::unexpected(line.error());
  if (*line != "ready") return Fail("the echo pair: " + *line);
  return EchoPair(std::move(*child));
}

Result<Latency> EchoPair::Window(double seconds) {
  if (Result<> said = child_.Say(fmt::format("{}", seconds)); !said) return tl::unexpected(said.error());
  const Result<std::string> line = child_.ReadLine(static_cast<int64_t>(seconds * 1000) + 30'000);
  if (!line) return tl::unexpected(line.error());
  Latency out;
  unsigned long trips = 0;
  if (std::sscanf(line->c_str(), "%lu %lf %lf", &trips, &out.p50_us, &out.p99_us) != 3) return Fail(*line);
  out.round_trips = trips;
  out.p50_us /= 1000;
  out.p99_us /= 1000;
  return out;
}

}  // namespace xtcp2::bench
