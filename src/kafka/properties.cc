#include "kafka/properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

namespace xtcp2::kafka {
namespace {

using List = std::vector<Property>;

struct Rule {
  std::string_view name;
  std::string_view allowed;  // values that change nothing, each between commas; empty: none
  std::string_view why;
};
constexpr std::string_view kOurs = "the daemon sets it";
constexpr Rule kRefused[] = {
    {"acks", ",all,-1,", "rows would be lost with the broker that had them"},
    {"request.required.acks", ",all,-1,", "rows would be lost with the broker that had them"},
    {"enable.idempotence", ",true,", "messages sent again would arrive twice"},
    {"delivery.report.only.error", ",false,", "delivery reports are what acknowledges rows"},
    {"message.timeout.ms", ",0,", "a message that is given up and made anew may arrive twice; use -produceTimeout"},
    {"delivery.timeout.ms", ",0,", "a message that is given up and made anew may arrive twice; use -produceTimeout"},
    {"transactional.id", "", "there are no transactions here"},
    {"bootstrap.servers", "", "brokers are written in -dest"},
    {"metadata.broker.list", "", "brokers are written in -dest"},
    {"sasl.password", "", "use -kafkaPasswordFile"},
    {"test.mock.num.brokers", "", "rows would go nowhere"},
    {"log.queue", "", kOurs},
    {"enabled_events", "", kOurs},
    {"log.thread.name", "", kOurs},
};

bool LooksSecret(std::string_view name) {
  for (const std::string_view part : {"password", "secret", "key", "token", "jaas", "pem", "config"})
    if (name.find(part) != std::string_view::npos) return true;
  return false;
}

Result<Property> ParseOne(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) return Fail("-kafkaProperty: write name=value, or name=@file");
  Property property{text.substr(0, equals), text.substr(equals + 1), false};
  property.secret = LooksSecret(property.name);
  if (property.value.starts_with('@')) {
    Result<std::string> value = ReadSecret(property.value.substr(1));
    if (!value)
      return Fail(fmt::format("-kafkaProperty {}: {}", property.name, value.error().what), value.error().code);
    property.value = std::move(*value);
    property.secret = true;
  }
  for (const Rule& rule : kRefused) {
    if (rule.name != property.name) continue;
    if (rule.allowed.find("," + property.value + ",") != std::string_view::npos) continue;
    return Fail(fmt::format("-kafkaProperty {}: refused, because {}", property.name, rule.why));
  }
  return property;
}

// Only what librdkafka was built with is preferred. A broker that does not know a compression gets none.
Result<std::string> Compression(const std::string& wanted, const std::string& built_in) {
  const std::string features = "," + built_in + ",";
  const auto has = [&](std::string_view name) { return features.find(fmt::format(",{},", name)) != std::string::npos; };
  if (wanted.empty() || wanted == "auto") {
    for (const char* name : {"zstd", "lz4", "snappy"})
      if (has(name)) return name;
    return "none";
  }
  if (wanted != "none" && !has(wanted))
    return Fail(fmt::format("-kafkaCompression {}: this librdkafka was built without it", wanted));
  return wanted;
}

Result<> AddSasl(const ship::KafkaOptions& kafka, List& list) {
  if (kafka.sasl.empty() || kafka.sasl == "none") return {};
  std::string mechanism = kafka.sasl;
  std::transform(mechanism.begin(), mechanism.end(), mechanism.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  list.push_back({"sasl.mechanisms", mechanism, false});
  if (mechanism == "OAUTHBEARER") return {};
  std::string password = kafka.password;
  if (!kafka.password_file.empty()) {
    Result<std::string> read = ReadSecret(kafka.password_file);
    if (!read) return Fail("-kafkaPasswordFile: " + read.error().what, read.error().code);
    password = std::move(*read);
  }
  if (kafka.user.empty() || password.empty())
    return Fail(fmt::format("-kafkaSasl {} needs -kafkaUser and -kafkaPasswordFile", kafka.sasl));
  list.push_back({"sasl.username", kafka.user, false});
  list.push_back({"sasl.password", password, true});
  return {};
}

Result<> AddSecurity(const ship::KafkaOptions& kafka, List& list) {
  const bool sasl = !kafka.sasl.empty() && kafka.sasl != "none";
  constexpr std::array<const char*, 4> kProtocols = {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
  list.push_back({"security.protocol", kProtocols[(sasl ? 2 : 0) + (kafka.tls.enabled ? 1 : 0)], false});
  if (!kafka.tls.enabled) return {};
  list.push_back({"ssl.endpoint.identification.algorithm", "https", false});
  for (const auto& [name, path] : {std::pair{"ssl.ca.location", kafka.tls.ca_file},
                                   {"ssl.certificate.location", kafka.tls.cert_file},
                                   {"ssl.key.location", kafka.tls.key_file}}) {
    if (path.empty()) continue;
    // librdkafka's own message does not say which file.
    if (Result<std::string> readable = ReadSecret(path); !readable) return tl::unexpected(readable.error());
    list.push_back({name, path, false});
  }
  return {};
}

std::string Brokers(const ship::DestSpec& spec) {
  std::string brokers;
  for (const ship::HostPort& server : spec.servers) brokers += (brokers.empty() ? "" : ",") + server.Text();
  return brokers;
}

}  // namespace

Result<std::string> ReadSecret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (!file || !(text.assign(std::istreambuf_iterator<char>(file), {}), !file.bad()))
    return FailErrno("reading " + path);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return Fail(path + " is empty");
  return text;
}

std::vector<std::string> FilesOf(const ship::KafkaOptions& options) {
  std::vector<std::string> files;
  for (const std::string* path : {&options.tls.ca_file, &options.tls.cert_file, &options.tls.key_file,
                                  &options.password_file, &options.token_file})
    if (!path->empty()) files.push_back(*path);
  for (const std::string& property : options.properties)
    if (const size_t at = property.find("=@"); at == property.find('=') && at != std::string::npos)
      files.push_back(property.substr(at + 2));
  return files;
}

Result<List> MakeProperties(const ship::DestSpec& spec, const ship::ShipOptions& options, const std::string& built_in) {
  const ship::KafkaOptions& kafka = options.kafka;
  Result<std::string> compression = Compression(kafka.compression, built_in);
  if (!compression) return tl::unexpected(compression.error());
  // A message is as large as a batch, so each is a record batch of its own: nothing is waited for, and a broker's limit
  // of bytes is that of one message. It is tried again for ever under the same sequence number, so that the broker
  // knows a copy; when to complain, and when to end, is decided in kafka.cc.
  List list = {{"client.id", "xtcp2", false},
               {"bootstrap.servers", Brokers(spec), false},
               {"acks", "all", false},
               {"enable.idempotence", "true", false},
               {"message.timeout.ms", "0", false},
               {"compression.codec", *compression, false},
               {"linger.ms", "0", false},
               {"batch.num.messages", "1", false},
               {"reconnect.backoff.max.ms", "2000", false},
               {"socket.connection.setup.timeout.ms",
                fmt::format("{}", std::max<int64_t>(1000, options.connect_timeout_ms)), false},
               {"socket.timeout.ms", "10000", false},
               {"request.timeout.ms", "10000", false},
               {"statistics.interval.ms", "10000", false}};
  if (Result<> added = AddSecurity(kafka, list); !added) return tl::unexpected(added.error());
  if (Result<> added = AddSasl(kafka, list); !added) return tl::unexpected(added.error());
  for (const std::string& text : kafka.properties) {
    Result<Property> property = ParseOne(text);
    if (!property) return tl::unexpected(property.error());
    list.push_back(std::move(*property));
  }
  return list;
}

}  // namespace xtcp2::kafka
