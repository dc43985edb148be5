// One namespace in one poll, as sinks have to know it: the facts that its rows share, and for each sink those facts as
// it encoded them and the cookies it was given. Datagrams and rows of many lanes may come in turns (RowSink::Enter).
// Kept and used again for the next namespace: its memory stays. One thread; must live, and the texts of its context
// with it, until its sinks have entered another lane or Begin was called again.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "collect/cookie_set.h"
#include "collect/port_use.h"
#include "encode/context_runs.h"
#include "filter/filter.h"
#include "schema/socket.h"

namespace xtcp2::collect {

class Lane {
 public:
  Lane() = default;
  explicit Lane(const schema::Context& context) { Begin(context); }
  Lane(const Lane&) = delete;  // sinks keep pointers
  Lane& operator=(const Lane&) = delete;

  // Another namespace, or the same one in another poll: cookies seen before are forgotten. The texts are borrowed.
  // `filter`: answers it does not match make no row; null where the kernel has seen to that. `ports`: counts the ports
  // of its sockets; may be null.
  void Begin(const schema::Context& context, const filter::Filter* filter = nullptr, PortUse* ports = nullptr) {
    filter_ = filter;
    ports_ = ports;
    context_ = context;
    for (const std::unique_ptr<ForSink>& each : sinks_) {
      each->encoded = false;
      each->cookies.Clear();
    }
  }
  const schema::Context& context() const { return context_; }
  const filter::Filter* filter() const { return filter_; }
  PortUse* ports() const { return ports_; }

  // What one sink keeps with the lane.
  struct ForSink {
    uint64_t sink = 0;     // its number
    bool encoded = false;  // `runs` is the context of this Begin
    encode::ContextRuns runs;
    CookieSet cookies;
  };
  // Stays where it is as long as the lane lives.
  ForSink& For(uint64_t sink) {
    for (const std::unique_ptr<ForSink>& known : sinks_)
      if (known->sink == sink) [[likely]]
        return *known;
    sinks_.push_back(std::make_unique<ForSink>());
    sinks_.back()->sink = sink;
    return *sinks_.back();
  }

 private:
  schema::Context context_;
  const filter::Filter* filter_ = nullptr;
  PortUse* ports_ = nullptr;
  std::vector<std::unique_ptr<ForSink>> sinks_;  // few
};

}  // namespace xtcp2::collect
