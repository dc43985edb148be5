// Every kind of destination there is, in one table: the plain ones of src/ship and one folder for each broker.
#pragma once

#include <memory>

#include "encode/framing.h"
#include "ship/destination.h"
#include "ship/options.h"
#include "ship/spec.h"

namespace xtcp2::outlets {

// Makes the destination that `spec` names. An error says why it can never be used; a peer that is away is none.
Result<std::unique_ptr<ship::Destination>> MakeDestination(const ship::DestSpec& spec, const encode::Framing& framing,
                                                           const ship::ShipOptions& options);

}  // namespace xtcp2::outlets
