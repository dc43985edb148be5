// The layout follows the one that ran with the Go program, so that its queries and stored rows stay good: same names,
// types, codecs, order and TTL for epoch 1; epoch 2 stands beside it in tables of its own, and the Merge table reads
// both.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "schema/export.h"
#include "schema/export_text.h"
#include "schema/names.h"
#include "schema/table.h"

namespace xtcp2::schema {
namespace {

// Columns whose type the general rule would get wrong.
struct Special {
  std::string_view name, type;
};
constexpr Special kSpecial[] = {
    {"timestamp_ns", "DateTime64(9, 'UTC') CODEC(DoubleDelta, LZ4)"},
    {"record_counter", "UInt64 CODEC(DoubleDelta, LZ4)"},  // counts up
    {"netns_inode", "UInt64 CODEC(ZSTD)"},
    // Few values in one poll, but without end over the table's life: no dictionary.
    {"netns", "String CODEC(ZSTD)"},
    {"container_id", "String CODEC(ZSTD)"},
};
// ClickHouse reads a protobuf int64 into DateTime64 as seconds, which overflows: the reader keeps the number, the view
// converts it.
constexpr std::string_view kKafkaTimestamp = "Int64 CODEC(DoubleDelta, LZ4)";

std::string Label(Enumeration enumeration, const EnumValue& value) {
  std::string label(value.name.substr(EnumPrefix(enumeration).size()));
  std::transform(label.begin(), label.end(), label.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return label == "unspecified" ? "" : label;
}

std::string EnumType(Enumeration enumeration) {
  std::string out;
  for (const EnumValue& value : EnumValues(enumeration))
    out += fmt::format("{}'{}' = {}", out.empty() ? "" : ", ", Label(enumeration, value), value.number);
  return fmt::format("Enum({})", out);
}

std::string ColumnType(const Field& field) {
  for (const Special& special : kSpecial)
    if (special.name == field.name) return std::string(special.type);
  switch (field.type) {
    case Type::kUint32:
      return "UInt32 CODEC(LZ4)";
    case Type::kUint64:
      return "UInt64 CODEC(LZ4)";
    case Type::kInt64:
      return "Int64 CODEC(LZ4)";
    case Type::kString:
      return field.repeat == Repeat::kHigh ? "String CODEC(ZSTD)" : "LowCardinality(String)";
    case Type::kBytes:
      return "String CODEC(ZSTD)";
    case Type::kEnum:
      return EnumType(field.enumeration);
  }
  return {};
}

// timestamp_ns first, as the table is ordered by it; then by number.
std::vector<uint16_t> Columns(Epoch epoch) {
  std::vector<uint16_t> out(FieldsOf(epoch).begin(), FieldsOf(epoch).end());
  std::stable_partition(out.begin(), out.end(), [](uint16_t i) { return kFields[i].name == "timestamp_ns"; });
  return out;
}

std::string ColumnLines(Epoch epoch, bool kafka) {
  std::string out;
  for (const uint16_t i : Columns(epoch)) {
    const Field& field = kFields[i];
    const bool number = kafka && field.name == "timestamp_ns";
    out += fmt::format("{}    `{}` {}", out.empty() ? "" : ",\n", field.Name(epoch),
                       number ? kKafkaTimestamp : ColumnType(field));
  }
  return out;
}

// The stored bytes are the kernel's: 16, IPv4 in the first four. These columns cost no space and give addresses that
// compare and print.
std::string AddressAlias(std::string_view column) {
  return fmt::format(
      ",\n    `{0}_ip` IPv6 ALIAS if(inet_diag_msg_family = 2,\n"
      "        toIPv6(IPv4NumToString(reinterpretAsUInt32(reverse(substring({0}, 1, 4))))),\n"
      "        toIPv6(IPv6NumToString(toFixedString({0}, 16))))",
      column);
}

// Epoch 1 rows answer to the names of epoch 2 too, so that one query through the Merge table reads both.
std::string RenamedAliases(Epoch epoch) {
  std::string out;
  for (const uint16_t i : FieldsOf(epoch)) {
    const Field& field = kFields[i];
    if (epoch != Epoch::k1 || !field.In(Epoch::k2) || field.name == field.name1) continue;
    const std::string type = ColumnType(field);
    out += fmt::format(",\n    `{}` {} ALIAS {}", field.name, type.substr(0, type.find(" CODEC")), field.name1);
  }
  return out;
}

std::string Store(Epoch epoch, int n) {
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS xtcp.xtcp_flat_records_v{}\n(\n{}{}{}{}\n)\nENGINE = MergeTree\n"
      "ORDER BY (timestamp_ns, hostname, record_counter, netlinker_id, socket_fd)\n"
      "TTL toDateTime(timestamp_ns) + INTERVAL 1 MONTH DELETE;\n\n",
      n, ColumnLines(epoch, false), AddressAlias("inet_diag_msg_socket_source"),
      AddressAlias("inet_diag_msg_socket_destination"), RenamedAliases(epoch));
}

std::string Kafka(Epoch epoch, std::string_view table, std::string_view group) {
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS xtcp.{}\n(\n{}\n)\nENGINE = Kafka\nSETTINGS\n"
      "    kafka_broker_list = 'redpanda-0:9092',\n    kafka_topic_list = 'xtcp',\n    kafka_group_name = '{}',\n"
      "    kafka_schema = 'xtcp_flat_record.proto:XtcpFlatRecord',\n    kafka_format = 'ProtobufList',\n"
      "    kafka_max_rows_per_message = 10000,\n    kafka_num_consumers = 1,\n    kafka_thread_per_consumer = 0,\n"
      "    kafka_skip_broken_messages = 0,\n    kafka_handle_error_mode = 'stream',\n    kafka_max_block_size = 1024,\n"
      "    kafka_poll_max_batch_size = 16,\n    kafka_flush_interval_ms = 2000;\n\n",
      table, ColumnLines(epoch, true), group);
}

std::string View(int n, std::string_view kafka) {
  return fmt::format(
      "CREATE MATERIALIZED VIEW IF NOT EXISTS xtcp.xtcp_flat_records_v{0}_mv TO xtcp.xtcp_flat_records_v{0} AS\n"
      "SELECT * REPLACE (fromUnixTimestamp64Nano(timestamp_ns, 'UTC') AS timestamp_ns)\n"
      "FROM xtcp.{1}\nWHERE length(_error) = 0 AND schema_version = {0};\n\n",
      n, kafka);
}

std::string Errors(std::string_view view, std::string_view kafka) {
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS xtcp.xtcp_flat_records_errors\n(\n"
      "    `observed_at` DateTime DEFAULT now(),\n    `topic` LowCardinality(String),\n    `partition` UInt64,\n"
      "    `offset` UInt64,\n    `err` String CODEC(ZSTD),\n    `raw_message` String CODEC(ZSTD)\n)\n"
      "ENGINE = MergeTree\nORDER BY observed_at\nTTL observed_at + INTERVAL 1 DAY DELETE;\n\n"
      "CREATE MATERIALIZED VIEW IF NOT EXISTS xtcp.{} TO xtcp.xtcp_flat_records_errors AS\n"
      "SELECT _topic AS topic, _partition AS partition, _offset AS offset, _error AS err, _raw_message AS raw_message\n"
      "FROM xtcp.{}\nWHERE length(_error) > 0;\n\n",
      view, kafka);
}

}  // namespace

std::string ExportClickhouse(Epoch epoch) {
  const int n = static_cast<int>(epoch);
  // Epoch 1 keeps the names and the consumer group it always had; epoch 2 reads the same topic in a group of its own,
  // so that neither takes messages from the other. Each view keeps the rows of its epoch.
  const bool first = epoch == Epoch::k1;
  const std::string kafka = first ? "xtcp_flat_records_kafka" : fmt::format("xtcp_flat_records_v{}_kafka", n);
  const std::string errors = first ? "xtcp_flat_records_errors_mv" : fmt::format("xtcp_flat_records_v{}_errors_mv", n);
  std::string out = fmt::format(
      "-- Tables for rows of epoch {}, from `xtcp2 schema clickhouse`. Change broker, topic and group in the Kafka "
      "table to yours, and\n"
      "-- put `xtcp2 schema proto` into the server's format_schemas folder as xtcp_flat_record.proto.\n\n"
      "CREATE DATABASE IF NOT EXISTS xtcp;\n\n",
      n);
  out += Store(epoch, n);
  out += fmt::format(
      "-- All epochs at once, under the name that queries use. Holds no rows of its own.\n"
      "{} xtcp.xtcp_flat_records AS xtcp.xtcp_flat_records_v{}\n"
      "ENGINE = Merge('xtcp', '^xtcp_flat_records_v[0-9]+$');\n\n",
      first ? "CREATE TABLE IF NOT EXISTS" : "CREATE OR REPLACE TABLE", n);
  out += Kafka(epoch, kafka, first ? "xtcp" : fmt::format("xtcp_v{}", n));
  out += View(n, kafka);
  out += Errors(errors, kafka);
  out.pop_back();
  return out;
}

}  // namespace xtcp2::schema
