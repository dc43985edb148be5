// The one table of all destinations: from a parsed -dest string to an object.
#pragma once

#include <memory>

#include "encode/framing.h"
#include "ship/destination.h"
#include "ship/options.h"
#include "ship/spec.h"

namespace xtcp2::ship {

// Makes the destination. An error when it can never work as configured (a file that cannot be opened, a certificate
// that cannot be read); a network peer that is away is no error, Send() will find out. Nothing of the arguments is
// borrowed.
Result<std::unique_ptr<Destination>> MakeDestination(const DestSpec& spec, const encode::Framing& framing,
                                                     const ShipOptions& options);

}  // namespace xtcp2::ship
