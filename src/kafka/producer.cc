#include "kafka/producer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <future>
#include <thread>

namespace xtcp2::kafka {
namespace {

struct FreeConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, FreeConf>;

std::string Get(const rd_kafka_conf_t* conf, const char* name) {
  char value[512] = "";
  size_t size = sizeof value;
  return rd_kafka_conf_get(conf, name, value, &size) == RD_KAFKA_CONF_OK ? value : "";
}

Result<> Set(rd_kafka_conf_t* conf, const Property& property) {
  char text[512] = "";
  const auto result = rd_kafka_conf_set(conf, property.name.c_str(), property.value.c_str(), text, sizeof text);
  if (result == RD_KAFKA_CONF_OK) return {};
  if (property.secret && result == RD_KAFKA_CONF_INVALID)
    return Fail(fmt::format("Kafka: not a value that librdkafka takes for {}", property.name));
  return Fail(fmt::format("Kafka: {}", text));
}

Result<Conf> MakeConf(const std::vector<Property>& properties) {
  Conf conf(rd_kafka_conf_new());
  for (const Property& property : properties)
    if (Result<> set = Set(conf.get(), property); !set) return tl::unexpected(set.error());
  return conf;
}

Result<rd_kafka_t*> MakeHandle(Conf conf) {
  char text[512] = "";
  rd_kafka_t* const handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text, sizeof text);
  if (handle == nullptr) return Fail(fmt::format("Kafka: {}", text));
  (void)conf.release();  // librdkafka's now
  return handle;
}

}  // namespace

std::string Producer::BuiltIn() { return Get(Conf(rd_kafka_conf_new()).get(), "builtin.features"); }

Result<> Producer::Check(const std::vector<Property>& properties) {
  std::vector<Property> alone;
  for (const Property& property : properties)
    if (property.name != "bootstrap.servers" && property.name != "statistics.interval.ms") alone.push_back(property);
  Result<Conf> conf = MakeConf(alone);
  if (!conf) return tl::unexpected(conf.error());
  // Only an instance reads certificates; ending one takes a second. It would say in the log that it has no broker.
  const auto matters = [](const Property& p) { return p.name == "security.protocol" && p.value != "plaintext"; };
  if (std::none_of(properties.begin(), properties.end(), matters)) return {};
  rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t*, int, const char*, const char*) {});
  Result<rd_kafka_t*> handle = MakeHandle(std::move(*conf));
  if (!handle) return tl::unexpected(handle.error());
  rd_kafka_destroy(*handle);
  return {};
}

Result<std::unique_ptr<Producer>> Producer::Start(const std::vector<Property>& properties,
                                                  const std::string& token_file, std::shared_ptr<Inbox> inbox) {
  Result<Conf> conf = MakeConf(properties);
  if (!conf) return tl::unexpected(conf.error());
  std::unique_ptr<Producer> producer(new Producer);
  producer->shared_ = std::make_shared<Shared>(std::move(inbox));
  producer->shared_->token_file = token_file;
  for (const Property& property : properties)
    if (property.secret) producer->shared_->secrets.push_back(property.value);
  producer->largest_ = std::stoul("0" + Get(conf->get(), "message.max.bytes"));
  rd_kafka_conf_set_opaque(conf->get(), producer->shared_.get());
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS |
                                            (token_file.empty() ? 0 : RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH));
  rd_kafka_conf_set_background_event_cb(conf->get(), OnEvent);
  if (!token_file.empty()) {
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf->get(), [](rd_kafka_t* rk, const char*, void* shared) {
      RefreshToken(rk, *static_cast<const Shared*>(shared));
    });
    rd_kafka_conf_enable_sasl_queue(conf->get(), 1);
  }
  rd_kafka_conf_set_log_cb(conf->get(), OnLog);
  Result<rd_kafka_t*> handle = MakeHandle(std::move(*conf));
  if (!handle) return tl::unexpected(handle.error());
  producer->handle_ = *handle;
  rd_kafka_queue_t* const background = rd_kafka_queue_get_background(*handle);
  rd_kafka_queue_t* const main = rd_kafka_queue_get_main(*handle);
  rd_kafka_queue_forward(main, background);
  if (!token_file.empty())
    if (rd_kafka_error_t* error = rd_kafka_sasl_background_callbacks_enable(*handle)) rd_kafka_error_destroy(error);
  rd_kafka_queue_destroy(main);
  rd_kafka_queue_destroy(background);
  return producer;
}

Producer::~Producer() {
  if (handle_ == nullptr) return;
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  auto ended = std::make_shared<std::promise<void>>();
  std::future<void> end = ended->get_future();
  std::thread([handle = handle_, shared = shared_, ended] {
    rd_kafka_destroy(handle);
    ended->set_value();
  }).detach();
  end.wait_for(std::chrono::seconds(2));
}

rd_kafka_resp_err_t Producer::Produce(const Message& message) {
  const auto memory = [](rd_kafka_vtype_t type, const void* data, size_t size) {
    rd_kafka_vu_t part{};
    part.vtype = type;
    part.u.mem = {const_cast<void*>(data), size};
    return part;
  };
  const auto header = [](const char* name, const std::string& value) {
    rd_kafka_vu_t part{};
    part.vtype = RD_KAFKA_VTYPE_HEADER;
    part.u.header = {name, value.data(), static_cast<ssize_t>(value.size())};
    return part;
  };
  rd_kafka_vu_t parts[7]{};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = message.topic.c_str();
  parts[1] = memory(RD_KAFKA_VTYPE_VALUE, message.value.data(), message.value.size());
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  parts[3].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[3].u.ptr = std::bit_cast<void*>(message.id);
  parts[4] = header("xtcp2-id", message.name);
  parts[5] = header("xtcp2-format", message.format);
  parts[6] = memory(RD_KAFKA_VTYPE_KEY, message.key.data(), message.key.size());
  rd_kafka_error_t* const error = rd_kafka_produceva(handle_, parts, message.key.empty() ? 6 : 7);
  if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

}  // namespace xtcp2::kafka
