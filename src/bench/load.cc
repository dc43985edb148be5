#include "bench/load.h"

#include <fmt/format.h>

#include <charconv>

#include "base/clock.h"
#include "bench/holder.h"

namespace xtcp2::bench {
namespace {

constexpr int64_t kPatienceMs = 120'000;  // for one process to make its sockets

// The number in "ready 123".
Result<uint64_t> ReadReady(Child& child) {
  const Result<std::string> line = child.ReadLine(kPatienceMs);
  if (!line) return tl::unexpected(line.error());
  uint64_t count = 0;
  if (!line->starts_with("ready ") ||
      std::from_chars(line->data() + 6, line->data() + line->size(), count).ec != std::errc())
    return Fail("making the load: " + *line);
  return count;
}

}  // namespace

Result<Load> Load::Make(const Stage& stage, const LoadOptions& options) {
  const int64_t start = MonotonicNs();
  Result<Places> places = Places::Make(stage, options.namespaces, options.empty);
  if (!places) return tl::unexpected(places.error());
  Load load(std::move(*places));
  if (Result<> started = load.Start(options); !started) return tl::unexpected(started.error());
  // What its makers say and what the kernel counts is the same, or nothing that is measured on it would be worth much.
  const Result<uint64_t> counted = CountSockets(load.places());
  if (!counted) return tl::unexpected(counted.error());
  if (options.churn == 0 && *counted != load.sockets_)
    return Fail(fmt::format("{} sockets were made, and the kernel counts {}", load.sockets_, *counted));
  load.seconds_ = static_cast<double>(MonotonicNs() - start) * 1e-9;
  return load;
}

Result<> Load::Start(const LoadOptions& options) {
  const size_t descriptors = RaiseDescriptorLimit();
  const Result<std::vector<Holding>> holdings = DivideLoad(options, descriptors);
  if (!holdings) return tl::unexpected(holdings.error());
  if (2 * options.churn + kMostChurned + kSpareDescriptors > descriptors)
    return Fail(fmt::format("-churn {}: allowed are up to {} while a process may open {} files (RLIMIT_NOFILE)",
                            options.churn, (descriptors - kMostChurned - kSpareDescriptors) / 2, descriptors));
  for (const Holding& holding : *holdings) {
    Result<Child> child =
        Child::Fork([&](int, int to) { return HoldSockets(places_, holding, options.active_pct, to); });
    if (!child) return tl::unexpected(child.error());
    children_.push_back(std::move(*child));
  }
  if (options.churn != 0) {
    Result<Child> child =
        Child::Fork([&](int, int to) { return Churn(places_, options.churn, options.families[0], to); });
    if (!child) return tl::unexpected(child.error());
    children_.push_back(std::move(*child));
  }
  for (Child& child : children_) {
    const Result<uint64_t> made = ReadReady(child);
    if (!made) return tl::unexpected(made.error());
    sockets_ += *made;
  }
  return {};
}

Result<> Load::Check() {
  for (Child& child : children_)
    if (const auto end = child.Ended()) return Fail(fmt::format("a process of the load {}", end->Text()));
  return {};
}

}  // namespace xtcp2::bench
