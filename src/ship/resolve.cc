#include "ship/resolve.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace xtcp2::ship {
namespace {

Result<std::vector<Address>> GetAddrInfo(const std::string& host, uint16_t port, int type, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = type;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (code == EAI_SYSTEM) return FailErrno(fmt::format("looking up {}", host));
  if (code != 0) return Fail(fmt::format("looking up {}: {}", host, gai_strerror(code)));
  std::vector<Address> found;
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    Address address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.length = at->ai_addrlen;
    found.push_back(address);
  }
  freeaddrinfo(list);
  return found;
}

}  // namespace

struct Resolver::Pending {
  std::mutex mutex;
  std::optional<Result<std::vector<Address>>> answer;
  Fd done{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

Resolver::Resolver(int type, Lookup lookup) : type_(type), lookup_(std::move(lookup)) {
  if (!lookup_)
    lookup_ = [type](const std::string& host, uint16_t port) { return GetAddrInfo(host, port, type, AI_ADDRCONFIG); };
}

Result<> Resolver::StartLookup(const std::string& host, uint16_t port) try {
  auto pending_lookup = std::make_shared<Pending>();
  if (!pending_lookup->done.ok()) return Fail("looking up " + host + ": making an eventfd", EMFILE);
  std::thread([pending = pending_lookup, lookup = lookup_, host, port] {
    pthread_setname_np(pthread_self(), "xtcp2-lookup");
    auto answer = lookup(host, port);
    std::lock_guard lock(pending->mutex);
    pending->answer = std::move(answer);
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(pending->done.get(), &one, sizeof one);
  }).detach();
  pending_ = std::move(pending_lookup);
  return {};
} catch (const std::system_error& error) {  // no thread to be had
  return Fail("looking up " + host + ": starting a thread", error.code().value());
}

tl::expected<std::vector<Address>, Failure> Resolver::Resolve(const std::string& host, uint16_t port,
                                                              int64_t deadline_ns, const Interrupt& interrupt) {
  if (auto numeric = GetAddrInfo(host, port, type_, AI_NUMERICHOST)) return std::move(*numeric);
  if (!pending_) {  // else one that was given up earlier is still running: its answer will do
    if (auto started = StartLookup(host, port); !started) return LookupFailed(started.error());
  }
  switch (interrupt.WaitFor(pending_->done.get(), POLLIN, deadline_ns)) {
    case Interrupt::Outcome::kReady:
      break;
    case Interrupt::Outcome::kInterrupted:
      return Interrupted();
    case Interrupt::Outcome::kTimeout:
      return TimedOut(fmt::format("looking up {}: no answer in time", host));
  }
  const std::shared_ptr<Pending> pending = std::move(pending_);
  pending_.reset();
  std::lock_guard lock(pending->mutex);
  if (*pending->answer) return std::move(**pending->answer);
  return LookupFailed(pending->answer->error());
}

}  // namespace xtcp2::ship
