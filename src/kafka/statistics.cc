#include "kafka/statistics.h"

#include <nlohmann/json.hpp>

namespace xtcp2::kafka {
namespace {

using nlohmann::json;

uint64_t Number(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<uint64_t>() : 0;
}

// librdkafka counts from the start of its instance, a counter from that of the process: a smaller number is that of
// another instance.
void RaiseTo(Counter& counter, uint64_t value) {
  const uint64_t shown = counter.Value();
  if (value > shown) counter.Add(value - shown);
}

}  // namespace

Statistics::Statistics()
    : messages_(
          Metrics::Global().AddGauge("xtcp2_kafka_queue_messages", "Messages that no broker has acknowledged yet.")),
      bytes_(Metrics::Global().AddGauge("xtcp2_kafka_queue_bytes", "Bytes of those messages.")) {}

Statistics::Broker& Statistics::BrokerCalled(const std::string& name) {
  if (const auto found = brokers_.find(name); found != brokers_.end()) return found->second;
  Metrics& metrics = Metrics::Global();
  const auto errors = [&](const char* kind) -> Counter& {
    return metrics.AddCounter("xtcp2_kafka_broker_errors_total",
                              "Requests to a broker that failed, by kind: send, receive, timeout.",
                              {{"broker", name}, {"kind", kind}});
  };
  const Labels labels{{"broker", name}};
  Broker broker{metrics.AddGauge("xtcp2_kafka_broker_rtt_seconds", "Time from request to answer, on average.", labels),
                errors("send"), errors("receive"), errors("timeout"),
                metrics.AddCounter("xtcp2_kafka_broker_connects_total", "Attempts to connect to a broker.", labels)};
  return brokers_.emplace(name, broker).first->second;
}

void Statistics::Show(std::string_view text) {
  const json all = json::parse(text, nullptr, false);
  if (!all.is_object()) return;
  messages_.Set(static_cast<double>(Number(all, "msg_cnt")));
  bytes_.Set(static_cast<double>(Number(all, "msg_size")));
  const auto brokers = all.find("brokers");
  if (brokers == all.end() || !brokers->is_object()) return;
  for (const auto& [name, broker] : brokers->items()) {
    if (!broker.is_object() || broker.value("source", "") == "internal") continue;
    Broker& shown = BrokerCalled(broker.value("nodename", name));
    if (const auto rtt = broker.find("rtt"); rtt != broker.end() && rtt->is_object())
      shown.rtt_seconds.Set(static_cast<double>(Number(*rtt, "avg")) / 1e6);
    RaiseTo(shown.send_errors, Number(broker, "txerrs"));
    RaiseTo(shown.receive_errors, Number(broker, "rxerrs"));
    RaiseTo(shown.timeouts, Number(broker, "req_timeouts"));
    RaiseTo(shown.connects, Number(broker, "connects"));
  }
}

}  // namespace xtcp2::kafka
