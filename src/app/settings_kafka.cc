// From the configuration to what the Kafka destination is told.
#include "app/settings_kafka.h"

#include "base/log.h"
#include "config/parse.h"
#include "config/table.h"
#include "schema/export.h"

namespace xtcp2::app {
namespace {

// The schema as a file says it, else as we know it.
std::string SchemaText(const config::Config& config) {
  Result<std::string> text = config::ReadWholeFile(config.xtcp_proto_file);
  if (text) return std::move(*text);
  if (config.xtcp_proto_file != config::DefaultConfig().xtcp_proto_file)
    LogWarning("-xtcpProtoFile: {}; the schema registry gets our own schema", text.error().Text());
  return schema::ExportProto(config.record_epoch == 1 ? schema::Epoch::k1 : schema::Epoch::k2);
}

}  // namespace

ship::KafkaOptions MakeKafkaOptions(const config::Config& config) {
  ship::KafkaOptions options;
  options.topic = config.topic;
  options.compression = config.kafka_compression;
  options.key = config.kafka_key;
  options.produce_timeout_ms = std::chrono::duration_cast<std::chrono::milliseconds>(config.produce_timeout).count();
  options.tls.enabled = config.kafka_tls;
  options.tls.ca_file = config.kafka_ca_file;
  options.tls.cert_file = config.kafka_cert_file;
  options.tls.key_file = config.kafka_key_file;
  options.sasl = config.kafka_sasl;
  options.user = config.kafka_user;
  options.password = config.kafka_password;
  options.password_file = config.kafka_password_file;
  options.token_file = config.kafka_token_file;
  options.properties = config.kafka_properties;
  options.schema_framing = config.kafka_schema_framing;
  if (config.kafka_schema_url == "none" || config.marshal != "protobufList" || !config.dest.starts_with("kafka:"))
    return options;
  options.schema_url = config.kafka_schema_url;
  options.schema_auth_file = config.kafka_schema_auth_file;
  options.schema_ca_file = config.kafka_schema_ca_file;
  options.schema_text = SchemaText(config);
  return options;
}

}  // namespace xtcp2::app
