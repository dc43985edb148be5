// What librdkafka is told, and what an operator may not tell it.
#include "kafka/properties.h"

#include <gmock/gmock.h>

#include <fstream>

#include "kafka/failure.h"
#include "kafka/token.h"
#include "ship/test_support.h"

namespace xtcp2::kafka {
namespace {

using ::testing::HasSubstr;

constexpr const char* kBuiltIn = "gzip,snappy,ssl,sasl,regex,lz4,sasl_plain,zstd,sasl_oauthbearer";

class Properties : public ::testing::Test {
 protected:
  Result<std::vector<Property>> Make(const std::string& built_in = kBuiltIn) {
    return MakeProperties(*ship::ParseDest("kafka:a:9092,[::1]:9093"), options_, built_in);
  }
  // The last value counts, as with rd_kafka_conf_set.
  std::string Value(const std::string& name, const std::string& built_in = kBuiltIn) {
    const auto made = Make(built_in);
    EXPECT_TRUE(made) << made.error().Text();
    std::string value = "unset";
    for (const Property& property : made.value_or(std::vector<Property>{}))
      if (property.name == name) value = property.value;
    return value;
  }
  ship::ShipOptions options_;
  TempDir folder_;
};

TEST_F(Properties, BrokersAndDelivery) {
  EXPECT_EQ(Value("bootstrap.servers"), "a:9092,[::1]:9093");
  EXPECT_EQ(Value("acks"), "all");
  EXPECT_EQ(Value("enable.idempotence"), "true");
  EXPECT_EQ(Value("message.timeout.ms"), "0");
  EXPECT_EQ(Value("security.protocol"), "plaintext");
}

TEST_F(Properties, CompressionPrefersWhatThereIs) {
  EXPECT_EQ(Value("compression.codec"), "zstd");
  EXPECT_EQ(Value("compression.codec", "gzip,snappy,lz4"), "lz4");
  EXPECT_EQ(Value("compression.codec", "gzip"), "none");
  options_.kafka.compression = "gzip";
  EXPECT_EQ(Value("compression.codec"), "gzip");
  EXPECT_FALSE(Make("lz4"));
}

TEST_F(Properties, Credentials) {
  const std::string file = (folder_ / "password");
  std::ofstream(file) << "secret\n";
  options_.kafka.tls.enabled = true;
  options_.kafka.sasl = "scram-sha-512";
  EXPECT_THAT(Make().error().Text(), HasSubstr("-kafkaUser"));
  options_.kafka.user = "u";
  options_.kafka.password_file = file;
  EXPECT_EQ(Value("security.protocol"), "sasl_ssl");
  EXPECT_EQ(Value("sasl.mechanisms"), "SCRAM-SHA-512");
  EXPECT_EQ(Value("sasl.password"), "secret");
  const std::vector<Property> made = *Make();
  for (const Property& property : made) EXPECT_EQ(property.secret, property.value == "secret") << property.name;
  std::ofstream(file, std::ios::trunc).flush();
  EXPECT_THAT(Make().error().Text(), HasSubstr("is empty"));
}

TEST_F(Properties, OperatorsOwn) {
  options_.kafka.properties = {"linger.ms=50", "acks=-1", "enable.idempotence=true"};
  EXPECT_EQ(Value("linger.ms"), "50");
  std::ofstream((folder_ / "s")) << "hidden\n";
  options_.kafka.properties = {"sasl.oauthbearer.client.secret=@" + (folder_ / "s")};
  EXPECT_EQ(Value("sasl.oauthbearer.client.secret"), "hidden");
  EXPECT_EQ(FilesOf(options_.kafka), std::vector{(folder_ / "s")});
}

TEST_F(Properties, WhatLosesRowsIsRefused) {
  for (const char* text : {"acks=1", "acks=0", "request.required.acks=1", "enable.idempotence=false",
                           "delivery.report.only.error=true", "message.timeout.ms=1000", "transactional.id=x",
                           "bootstrap.servers=b:1", "test.mock.num.brokers=3", "noequals", "=x", "a=@/nonexistent"}) {
    options_.kafka.properties = {text};
    const auto made = Make();
    ASSERT_FALSE(made) << text;
    EXPECT_THAT(made.error().Text(), HasSubstr("-kafkaProperty"));
  }
}

TEST(Failures, OfThreeKinds) {
  using ship::FailureKind;
  EXPECT_EQ(FailureOf(RD_KAFKA_RESP_ERR__AUTHENTICATION, "no", 1).kind, FailureKind::kFatal);
  EXPECT_EQ(FailureOf(RD_KAFKA_RESP_ERR__AUTHENTICATION, "Failed to acquire SASL OAUTHBEARER token: x", 1).kind,
            FailureKind::kRetryable);
  EXPECT_EQ(FailureOf(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "no", 1).kind, FailureKind::kFatal);
  EXPECT_EQ(FailureOf(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "no", 1).kind, FailureKind::kRetryable);
  EXPECT_EQ(FailureOf(RD_KAFKA_RESP_ERR__TRANSPORT, "Connection refused", 1).cause, "refused");
  EXPECT_EQ(FailureOf(RD_KAFKA_RESP_ERR_INVALID_RECORD, "no", 7).rows, 7u);
  EXPECT_EQ(FailureOf(RD_KAFKA_RESP_ERR_UNKNOWN, "no", 7).rows, 0u);
}

TEST(Failures, AnOldLibraryIsNamedWithScram) {
  EXPECT_THAT(CredentialsHint("scram-sha-256", 0x020002ff), HasSubstr("cannot do SCRAM"));
  EXPECT_EQ(CredentialsHint("scram-sha-256", 0x020601ff), "");
  EXPECT_EQ(CredentialsHint("plain", 0x020002ff), "");
}

TEST(Tokens, SayWhoAndHowLong) {
  // {"sub":"me","exp":2000}
  const auto token = ReadToken("e30.eyJzdWIiOiJtZSIsImV4cCI6MjAwMH0.x", 1'000'000);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->principal, "me");
  EXPECT_EQ(token->expires_ms, 2'000'000);
  EXPECT_FALSE(ReadToken("e30.eyJzdWIiOiJtZSIsImV4cCI6MjAwMH0.x", 2'000'000));
  for (const char* text : {"opaque", "a.b.c", "..", "e30.!!.x"}) {
    const auto other = ReadToken(text, 5);
    ASSERT_TRUE(other) << text;
    EXPECT_EQ(other->expires_ms, 300'005) << text;
  }
}

}  // namespace
}  // namespace xtcp2::kafka
