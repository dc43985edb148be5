#include "kafka/failure.h"

#include <fmt/format.h>

#include <string_view>

namespace xtcp2::kafka {
namespace {

using ship::Failure;
using ship::FailureKind;

struct Meaning {
  rd_kafka_resp_err_t error;
  FailureKind kind;
  std::string_view cause;
};
// What is not here is tried again, as "other".
constexpr Meaning kMeanings[] = {
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, FailureKind::kFatal, "credentials"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, FailureKind::kFatal, "credentials"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, FailureKind::kFatal, "credentials"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, FailureKind::kFatal, "not_authorized"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, FailureKind::kFatal, "not_authorized"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, FailureKind::kFatal, "topic"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, FailureKind::kFatal, "compression"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, FailureKind::kRejected, "invalid_record"},
    // A topic appears, a replica returns, a disk gets room.
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, FailureKind::kRetryable, "topic"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, FailureKind::kRetryable, "topic"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, FailureKind::kRetryable, "topic"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, FailureKind::kRetryable, "replicas"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, FailureKind::kRetryable, "replicas"},
    {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, FailureKind::kRetryable, "storage"},
    {RD_KAFKA_RESP_ERR__RESOLVE, FailureKind::kRetryable, "lookup"},
    {RD_KAFKA_RESP_ERR__SSL, FailureKind::kRetryable, "tls"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, FailureKind::kRetryable, "closed"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, FailureKind::kRetryable, "timeout"},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, FailureKind::kRetryable, "timeout"},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, FailureKind::kRetryable, "timeout"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, FailureKind::kRetryable, "timeout"},
};

Meaning MeaningOf(rd_kafka_resp_err_t error, std::string_view text) {
  // A token that cannot be had now is no refusal. librdkafka has no code of its own for it
  // (rd_kafka_oauthbearer_set_token_failure0).
  if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION && text.find("Failed to acquire") != std::string_view::npos)
    return {error, FailureKind::kRetryable, "token"};
  if (error == RD_KAFKA_RESP_ERR__TRANSPORT && text.find("refused") != std::string_view::npos)
    return {error, FailureKind::kRetryable, "refused"};
  for (const Meaning& meaning : kMeanings)
    if (meaning.error == error) return meaning;
  return {error, FailureKind::kRetryable, "other"};
}

}  // namespace

bool IsTooLarge(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

Failure FailureOf(rd_kafka_resp_err_t error, std::string what, size_t rows) {
  const Meaning meaning = MeaningOf(error, what);
  return {meaning.kind, meaning.cause, {std::move(what), 0}, meaning.kind == FailureKind::kRejected ? rows : 0, 0};
}

std::string CredentialsHint(const std::string& sasl, int version) {
  constexpr int kScramRepaired = 0x020601ff;
  if (!sasl.starts_with("scram") || version >= kScramRepaired) return "";
  return fmt::format(
      "; this may be no wrong password: librdkafka {} cannot do SCRAM with Kafka 3.8.1 and later (repaired in 2.6.1), "
      "so "
      "install a newer librdkafka, or use -kafkaSasl plain over TLS",
      rd_kafka_version_str());
}

}  // namespace xtcp2::kafka
