#include "kafka/schema_registry.h"

#include <fmt/format.h>
#include <pthread.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "kafka/properties.h"
#include "ship/backoff.h"
#include "wire/base64.h"

namespace xtcp2::kafka {
namespace {

using nlohmann::json;

constexpr int64_t kFirstPauseMs = 1'000;
constexpr int64_t kLongestPauseMs = 300'000;

// As headers of the options, which the client keeps out of everything it says.
Result<std::vector<std::string>> SecretHeaders(const ship::KafkaOptions& kafka) {
  if (kafka.schema_auth_file.empty()) return std::vector<std::string>{};
  Result<std::string> login = ReadSecret(kafka.schema_auth_file);
  if (!login) return Fail("-kafkaSchemaAuthFile: " + login.error().what, login.error().code);
  std::string coded(wire::Base64Size(login->size()), '\0');
  wire::PutBase64(reinterpret_cast<uint8_t*>(coded.data()), AsBytes(*login));
  return std::vector<std::string>{"Authorization: Basic " + coded};
}

std::string Url(const ship::KafkaOptions& kafka) {
  std::string url = kafka.schema_url;
  while (url.ends_with('/')) url.pop_back();
  return fmt::format("{}/subjects/{}-value/versions", url, kafka.topic);
}

}  // namespace

Result<std::unique_ptr<SchemaRegistry>> SchemaRegistry::Start(const ship::ShipOptions& options) {
  ship::ShipOptions http = options;
  http.http_ca_file = options.kafka.schema_ca_file;
  http.http_cert_file = http.http_key_file = "";
  Result<std::vector<std::string>> headers = SecretHeaders(options.kafka);
  if (!headers) return tl::unexpected(headers.error());
  http.http_headers = std::move(*headers);  // in place of those that are meant for the http destination
  auto client =
      ship::HttpClient::Make(Url(options.kafka), http, {"Content-Type: application/vnd.schemaregistry.v1+json"});
  if (!client) return tl::unexpected(client.error());
  return std::unique_ptr<SchemaRegistry>(new SchemaRegistry(std::move(*client), options.kafka.schema_text));
}

SchemaRegistry::SchemaRegistry(std::unique_ptr<ship::HttpClient> client, const std::string& schema)
    : client_(std::move(client)),
      body_(json{{"schemaType", "PROTOBUF"}, {"schema", schema}}.dump()),
      failed_(LogLevel::kInfo, "xtcp2_kafka_schema_errors_total", "Attempts to register the schema that failed.", {},
              3600),
      thread_([this] { Run(); }) {}

SchemaRegistry::~SchemaRegistry() {
  interrupt_.Set();
  thread_.join();
}

std::optional<uint32_t> SchemaRegistry::Id() const {
  const std::lock_guard lock(mutex_);
  return id_;
}

std::string SchemaRegistry::WhyNot() const {
  const std::lock_guard lock(mutex_);
  return why_not_;
}

void SchemaRegistry::Run() {
  pthread_setname_np(pthread_self(), "xtcp2-schema");
  ship::Backoff backoff(kFirstPauseMs, kLongestPauseMs);
  for (;;) {
    const Result<uint32_t> id = Register();
    if (interrupt_.is_set()) return;
    if (id) {
      LogInfo("the schema registry {} knows our schema as number {}", client_->shown_url(), *id);
      const std::lock_guard lock(mutex_);
      id_ = *id;
      return;
    }
    failed_.Happened("the schema is not registered yet, trying on: {}", id.error().Text());
    {
      const std::lock_guard lock(mutex_);
      why_not_ = id.error().Text();
    }
    const int64_t again_ns = MonotonicNs() + backoff.NextMs() * kNsPerMs;
    if (interrupt_.WaitFor(-1, 0, again_ns) == ship::Interrupt::Outcome::kInterrupted) return;
  }
}

Result<uint32_t> SchemaRegistry::Register() {
  const auto answer = client_->Post(AsBytes(body_), interrupt_);
  if (!answer) return tl::unexpected(answer.error().error);
  const json said = json::parse(answer->text, nullptr, false);
  if (answer->status / 100 != 2)
    return Fail(fmt::format("{} answered {} {}", client_->shown_url(), answer->status, answer->text));
  if (!said.is_object() || !said.contains("id") || !said["id"].is_number_unsigned())
    return Fail(fmt::format("{} gave no number: {}", client_->shown_url(), answer->text));
  return said["id"].get<uint32_t>();
}

}  // namespace xtcp2::kafka
