// One namespace in one poll, as a sink has to know it: the facts that its rows share, also as the sink encoded them,
// and the cookies it has given. Datagrams and rows of many lanes may come in turns (RowSink::Enter). Kept and used
// again for the next namespace: its memory stays. One thread and, as long as that is to be quick, one sink; must live,
// and the texts of its context with it, until the sink has entered another lane or Begin was called again.
#pragma once

#include <cstdint>

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
    cookies_.Clear();
    encoded_by_ = 0;
  }
  const schema::Context& context() const { return context_; }
  CookieSet& cookies() { return cookies_; }
  const filter::Filter* filter() const { return filter_; }
  PortUse* ports() const { return ports_; }
  // The context as the sink of that number encoded it last; 0: none since Begin.
  encode::ContextRuns& runs() { return runs_; }
  uint64_t encoded_by() const { return encoded_by_; }
  void set_encoded_by(uint64_t sink) { encoded_by_ = sink; }

 private:
  schema::Context context_;
  CookieSet cookies_;
  const filter::Filter* filter_ = nullptr;
  PortUse* ports_ = nullptr;
  encode::ContextRuns runs_;
  uint64_t encoded_by_ = 0;
};

}  // namespace xtcp2::collect
