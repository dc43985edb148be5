// What /status says of the destinations.
#include <nlohmann/json.hpp>

#include "app/output.h"
#include "app/output_outlet.h"

namespace xtcp2::app {
namespace {

using Json = nlohmann::ordered_json;

Json StateJson(const ship::Shipper::State& state) {
  Json json;
  json["state"] = state.fatal ? "failed" : state.failing ? "failing" : state.ready ? "ready" : "waiting";
  if (state.fatal) json["error"] = state.fatal->Text();
  json["delivered"] = {{"rows", state.rows}, {"bytes", state.bytes}};
  json["last_success"] = state.last_success_s;
  json["queue"] = {{"batches", state.queue.batches}, {"bytes", state.queue.bytes}};
  if (state.spooled)
    json["spool"] = {{"rows", state.spooled->rows},
                     {"bytes", state.spooled->bytes},
                     {"segments", state.spooled->segments},
                     {"oldest", static_cast<double>(state.spooled->oldest_ns) / 1e9}};
  json["dropped_rows"] = Json::object();
  for (const auto& [reason, rows] : state.dropped_rows) json["dropped_rows"][reason] = rows;
  return json;
}

}  // namespace

std::string Output::StatusJson() const {
  Json all = Json::array();
  for (const auto& outlet : outlets_) {
    Json one = {{"name", outlet->spec.name}, {"destination", outlet->spec.Redacted()}, {"format", outlet->format}};
    one.update(StateJson(outlet->shipper->GetState()));
    all.push_back(std::move(one));
  }
  return Json{{"destinations", std::move(all)}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace xtcp2::app
