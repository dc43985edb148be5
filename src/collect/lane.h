// One namespace in one poll, as a sink has to know it: the facts that its rows share, and the cookies it has given.
// Datagrams of several lanes may come in turns (RowSink::Enter). Kept and used again for the next namespace: its memory
// stays. One thread; must live, and the texts of its context with it, until the sink has entered another lane or Begin
// was called again.
#pragma once

#include <atomic>
#include <cstdint>

#include "collect/cookie_set.h"
#include "collect/port_use.h"
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
    static std::atomic<uint64_t> last_id{0};
    context_ = context;
    cookies_.Clear();
    id_ = last_id.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  const schema::Context& context() const { return context_; }
  CookieSet& cookies() { return cookies_; }
  const filter::Filter* filter() const { return filter_; }
  PortUse* ports() const { return ports_; }
  // Never given twice in this process; 0: Begin was not called.
  uint64_t id() const { return id_; }

 private:
  schema::Context context_;
  CookieSet cookies_;
  const filter::Filter* filter_ = nullptr;
  PortUse* ports_ = nullptr;
  uint64_t id_ = 0;
};

}  // namespace xtcp2::collect
