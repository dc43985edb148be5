// The destination that takes everything and keeps nothing: for measuring, and for a daemon that serves by other ways
// only.
#pragma once

#include "ship/destination.h"

namespace xtcp2::ship {

class NullDestination final : public Destination {
 public:
  explicit NullDestination(const encode::Framing& framing) : framing_(framing) {}
  SendResult Send(const encode::Batch& batch, Progress& progress) override;

 private:
  const encode::Framing framing_;
};

}  // namespace xtcp2::ship
