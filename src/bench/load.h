// The whole load: namespaces, and the processes that hold sockets in them. It ends with the object. Main thread.
#pragma once

#include <vector>

#include "bench/child.h"
#include "bench/options.h"
#include "bench/places.h"

namespace xtcp2::bench {

class Load {
 public:
  // Makes everything and waits until it stands. An error names what could not be had.
  static Result<Load> Make(const Stage& stage, const LoadOptions& options);

  const Places& places() const { return places_; }
  uint64_t sockets() const { return sockets_; }  // as the processes that hold them count them
  size_t processes() const { return children_.size(); }
  double seconds() const { return seconds_; }  // that making it took
  // An error when one of its processes has ended.
  Result<> Check();

 private:
  explicit Load(Places places) : places_(std::move(places)) {}
  Result<> Start(const LoadOptions& options);

  Places places_;
  std::vector<Child> children_;
  uint64_t sockets_ = 0;
  double seconds_ = 0;
};

// How many TCP sockets the kernel counts in the loaded namespaces now; those in TIME_WAIT are among them.
Result<uint64_t> CountSockets(const Places& places);

}  // namespace xtcp2::bench
