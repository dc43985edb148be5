// XTCP_CONFIG_JSON: what libprotobuf writes is read back, and what protojson refuses is refused.
#include "config/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/input_for_test.h"
#include "config/json_for_test.h"

namespace xtcp2::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string ErrorOf(const std::string& text) { return Lines(TestInput().Json(text).Parse().errors); }

TEST(Json, ACompleteConfigurationOfDefaultsIsTheDefault) {
  const Parsed parsed = TestInput().Json(CompleteJson()).Parse();
  EXPECT_EQ(Lines(parsed.errors), "");
  EXPECT_EQ(parsed.config, DefaultConfig());
  EXPECT_THAT(parsed.notices, IsEmpty());
  EXPECT_EQ(parsed.OriginOf("frequency").source, Source::kJson);
  EXPECT_EQ(parsed.OriginOf("goMaxProcs").source, Source::kDefault);
}

TEST(Json, ReplacesWhatHasAFieldAndNothingElse) {
  TestInput input;
  input.Flag("frequency", "20s")
      .Flag("goMaxProcs", "2")
      .Env("PROM_PATH", "/m")
      .Env("LABEL", "x")
      .Flag("recordEpoch", "1")
      .Json(CompleteJson());
  const Parsed parsed = input.Parse();
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.config.poll_frequency, std::chrono::seconds(10));
  EXPECT_EQ(parsed.config.label, "");
  EXPECT_EQ(parsed.config.record_epoch, 2u) << "our own fields are their defaults when left out";
  EXPECT_EQ(parsed.config.go_max_procs, 2u);
  EXPECT_EQ(parsed.config.prom_path, "/m");
  EXPECT_THAT(Notices(parsed), HasSubstr("XTCP_CONFIG_JSON wins over"));
  for (const char* beaten : {"flag -frequency", "environment LABEL", "flag -recordEpoch"})
    EXPECT_THAT(Notices(parsed), HasSubstr(beaten));
}

TEST(Json, WhatIsLeftOutIsZero) {
  // protojson leaves out zeros: no jitter, no label, no deserializers are what this text says.
  const Parsed parsed =
      TestInput()
          .Json(CompleteJson(
              {{"poll_jitter_pct", "0"}, {"reconcile_before_poll", "false"}, {"enabled_deserializers", "none"}}))
          .Parse();
  EXPECT_EQ(Lines(parsed.errors), "");
  EXPECT_EQ(parsed.config.poll_jitter_pct, 0u);
  EXPECT_FALSE(parsed.config.reconcile_before_poll);
  EXPECT_EQ(parsed.config.deserializers.attributes, 0u);
}

TEST(Json, ZerosThatTheGoProgramRefusesAreRefused) {
  const Parsed parsed = TestInput().Json("{}").Parse();
  for (const char* name : {"nlTimeoutMilliseconds", "pollFrequency", "pollTimeout", "netlinkers",
                           "netlinkersDoneChanSize", "nlmsgSeq", "modulus", "debugLevel", "grpcPort", "marshalTo",
                           "dest", "capturePath", "topic", "xtcpProtoFile", "kafkaSchemaUrl"})
    EXPECT_THAT(parsed.errors, testing::Contains(testing::AllOf(StartsWith(fmt::format("XTCP_CONFIG_JSON: {}: ", name)),
                                                                HasSubstr("not given"))));
  EXPECT_THAT(Lines(parsed.errors), testing::Not(HasSubstr("not built")));
}

TEST(Json, TakesNumbersAsProtojsonDoes) {
  for (const char* number : {"7", "\"7\"", "7.0", "7e0", "70e-1"}) {
    auto text = CompleteJson();
    text.insert(1, fmt::format("\"maxLoops\":{},\"destQueueBytes\":\"70000\",", number));
    const Parsed parsed = TestInput().Json(text).Parse();
    EXPECT_EQ(Lines(parsed.errors), "") << number;
    EXPECT_EQ(parsed.config.max_loops, 7u) << number;
    EXPECT_EQ(parsed.config.dest_queue_bytes, 70000u);
  }
}

TEST(Json, NullIsAsIfItWereAbsent) {
  EXPECT_EQ(ErrorOf(JsonWith("recordEpoch", nullptr)), "");
  EXPECT_THAT(ErrorOf(JsonWith("pollFrequency", nullptr)), HasSubstr("pollFrequency: \"0s\" is too small"));
}

TEST(Json, DeserializersAreAMap) {
  using nlohmann::json;
  const Parsed parsed =
      TestInput()
          .Json(JsonWith("enabledDeserializers", {{"enabled", {{"info", true}, {"bbr", false}, {"ulp", true}}}}))
          .Parse();
  EXPECT_EQ(Lines(parsed.errors), "");
  EXPECT_EQ(parsed.config.deserializers.attributes, 1u << 2 | 1u << 19);
  EXPECT_THAT(ErrorOf(JsonWith("enabledDeserializers", {{"enabled", {{"infos", true}}}})),
              HasSubstr("did you mean info?"));
}

TEST(Json, NamesStandOnce) {
  EXPECT_THAT(ErrorOf(R"({"maxLoops": 1, "maxLoops": 2})"), HasSubstr("\"maxLoops\" stands there twice"));
  EXPECT_THAT(ErrorOf(R"({"maxLoops": 1, "max_loops": 2})"), HasSubstr("twice, by two names"));
}

TEST(Json, WhatIsNotAnObjectIsAnErrorAndChangesNothing) {
  for (const char* text : {"{", "[]", "5", "\"x\"", "nonsense", "{\"a\":1e999}", "{\"label\":\"\xff\"}", "{} {}"}) {
    const Parsed parsed = TestInput().Flag("label", "kept").Json(text).Parse();
    EXPECT_THAT(parsed.errors, ElementsAre(StartsWith("XTCP_CONFIG_JSON: "))) << text;
    EXPECT_EQ(parsed.config.label, "kept");
  }
}

TEST(Json, EmptyIsUnset) {
  EXPECT_EQ(TestInput().Env("XTCP_CONFIG_JSON", "").Parse().OriginOf("label").source, Source::kDefault);
}

}  // namespace
}  // namespace xtcp2::config
