#include "outlets/outlets.h"

#include <fmt/format.h>

#include "kafka/kafka.h"
#include "ship/destinations.h"

namespace xtcp2::outlets {
namespace {

using Made = Result<std::unique_ptr<ship::Destination>>;
using Make = Made (*)(const ship::DestSpec&, const encode::Framing&, const ship::ShipOptions&);

Made NotBuilt(const ship::DestSpec& spec, const encode::Framing&, const ship::ShipOptions&) {
  return Fail(fmt::format("{} is not built in this version", ship::SchemeName(spec.scheme)));
}

struct Entry {
  ship::Scheme scheme;
  Make make;
};
// Brokers; one folder each.
constexpr Entry kEntries[] = {
    {ship::Scheme::kKafka, kafka::KafkaDestination::Make},
    {ship::Scheme::kNats, NotBuilt},           //
    {ship::Scheme::kNatsJetstream, NotBuilt},  //
    {ship::Scheme::kNsq, NotBuilt},            //
    {ship::Scheme::kValkey, NotBuilt},         //
};

}  // namespace

Made MakeDestination(const ship::DestSpec& spec, const encode::Framing& framing, const ship::ShipOptions& options) {
  for (const Entry& entry : kEntries) {
    if (entry.scheme != spec.scheme) continue;
    Made made = entry.make(spec, framing, options);
    if (made && !(*made)->CanStop()) return Fail("making an eventfd for " + spec.Redacted(), EMFILE);
    return made;
  }
  return ship::MakeDestination(spec, framing, options);
}

}  // namespace xtcp2::outlets
