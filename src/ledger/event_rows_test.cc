#include "ledger/event_rows.h"

#include <gtest/gtest.h>

#include <optional>

#include "collect/output_for_test.h"
#include "schema/names.h"

namespace xtcp2::ledger {
namespace {

using Row = xtcp_flat_record::v1::XtcpFlatRecord;

constexpr int64_t kWall = 1'700'000'000'000'000'000, kBehind = 1'600'000'000'000'000'000;

xtcp2_ledger_event Event(uint32_t kind, uint32_t inode, uint16_t port, uint8_t last_state = 1) {
  xtcp2_ledger_event event{};
  event.kind = kind;
  event.row.msg[0] = 2;
  event.row.msg[1] = kind == XTCP2_EVENT_CLOSE ? 7 : 1;
  event.row.msg[4] = static_cast<uint8_t>(port >> 8);
  event.row.msg[5] = static_cast<uint8_t>(port);
  event.row.netns_inode = inode;
  event.row.netns_cookie = inode * 10;
  event.facts.event_time_ns = 100'000'000'000'000'500;
  event.facts.birth_time_ns = 100'000'000'000'000'000;
  event.facts.duration_ns = 500;
  event.facts.last_state = last_state;
  return event;
}

class EventRowsTest : public testing::Test {
 protected:
  void Make(EventRowOptions options = {}) {
    collect::SinkOptions sink;
    sink.encode.format = encode::Format::kProtobufList;
    options.host.hostname = "host";
    rows_.emplace(options, collect::MakeRowSink(sink, output_), [this](NetnsKey key) {
      ++asked_;
      return SeenNetns{key.inode, "ns" + std::to_string(key.inode), key.inode != 9};
    });
  }
  std::vector<Row> Drain(const std::vector<xtcp2_ledger_event>& events, const filter::Sampler& sampler = {}) {
    output_.batches.clear();
    rows_->Begin(kWall, kBehind, sampler);
    for (const xtcp2_ledger_event& event : events) rows_->Take(event);
    rows_->End();
    return output_.Rows();
  }

  collect::KeptOutput output_;
  std::optional<EventRows> rows_;
  int asked_ = 0;
};

TEST_F(EventRowsTest, TimesAreWallTime) {
  Make();
  const auto rows = Drain({Event(XTCP2_EVENT_CLOSE, 5, 80)});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].timestamp_ns(), kWall);
  EXPECT_EQ(rows[0].event_time_ns(), 1'700'000'000'000'000'500u);
  EXPECT_EQ(rows[0].birth_time_ns(), 1'700'000'000'000'000'000u);
  EXPECT_EQ(rows[0].duration_ns(), 500u);
  EXPECT_EQ(rows[0].record_kind(), schema::kClose);
  EXPECT_EQ(rows[0].hostname(), "host");
  EXPECT_EQ(rows[0].netns_inode(), 5u);
  EXPECT_EQ(rows[0].netns_cookie(), 50u);
  EXPECT_EQ(rows[0].inet_diag_msg_state(), 7u);
  EXPECT_EQ(rows[0].last_state(), 1u);
}

TEST_F(EventRowsTest, AnUnknownBirthStaysUnknown) {
  Make();
  auto event = Event(XTCP2_EVENT_CLOSE, 5, 80);
  event.facts.birth_time_ns = 0;
  const auto rows = Drain({event});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].birth_time_ns(), 0u);
}

TEST_F(EventRowsTest, KindsAndNamespacesInTurns) {
  Make();
  const auto rows = Drain({Event(XTCP2_EVENT_OPEN, 5, 1), Event(XTCP2_EVENT_CLOSE, 6, 2),
                           Event(XTCP2_EVENT_CLOSE, 5, 3), Event(XTCP2_EVENT_OPEN, 5, 4)});
  ASSERT_EQ(rows.size(), 4u);
  const std::pair<uint32_t, std::string> expected[] = {{1, "ns5"}, {2, "ns6"}, {2, "ns5"}, {1, "ns5"}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rows[i].record_kind(), expected[i].first);
    EXPECT_EQ(rows[i].netns(), expected[i].second);
    EXPECT_EQ(rows[i].record_counter(), i + 1);
    EXPECT_EQ(rows[i].inet_diag_msg_socket_source_port(), i + 1);
  }
  EXPECT_EQ(asked_, 3) << "once for each kind and namespace";
  EXPECT_EQ(Drain({Event(XTCP2_EVENT_OPEN, 5, 1)})[0].record_counter(), 1u) << "numbered from 1 in each drain";
}

TEST_F(EventRowsTest, UnwantedNamespacesAndFamilies) {
  EventRowOptions options;
  options.ipv6 = false;
  Make(options);
  auto six = Event(XTCP2_EVENT_CLOSE, 5, 2);
  six.row.msg[0] = 10;
  const auto rows = Drain({Event(XTCP2_EVENT_CLOSE, 9, 1), six, Event(XTCP2_EVENT_CLOSE, 5, 3)});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].inet_diag_msg_socket_source_port(), 3u);
  const auto counters = rows_->TakeCounters();
  EXPECT_EQ(counters.unwanted, 1u);
  EXPECT_EQ(counters.sink.filtered, 1u);
  EXPECT_EQ(counters.sink.rows, 1u);
  EXPECT_EQ(rows_->TakeCounters().unwanted, 0u);
}

TEST_F(EventRowsTest, StateInAFilterIsTheLastOne) {
  EventRowOptions options;
  options.filter = filter::Filter::Parse("state syn-sent or sport = :7").value();
  Make(options);
  const auto rows = Drain({Event(XTCP2_EVENT_CLOSE, 5, 1, 2), Event(XTCP2_EVENT_CLOSE, 5, 2, 1),
                           Event(XTCP2_EVENT_CLOSE, 5, 7, 1), Event(XTCP2_EVENT_OPEN, 5, 4, 2)});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].inet_diag_msg_socket_source_port(), 1u);
  EXPECT_EQ(rows[0].inet_diag_msg_state(), 7u) << "the row says what it is now";
  EXPECT_EQ(rows[1].inet_diag_msg_socket_source_port(), 7u);
  EXPECT_EQ(rows_->TakeCounters().sink.filtered, 2u);
}

TEST_F(EventRowsTest, TheSampleHasItsRateInTheRow) {
  Make();
  std::vector<xtcp2_ledger_event> events;
  for (uint16_t port = 1; port <= 1000; ++port) events.push_back(Event(XTCP2_EVENT_CLOSE, 5, port));
  const auto rows = Drain(events, filter::Sampler(1, 4));
  EXPECT_GT(rows.size(), 150u);
  EXPECT_LT(rows.size(), 350u);
  EXPECT_EQ(rows[0].sample_rate(), 4u);
  EXPECT_EQ(rows_->TakeCounters().sink.sampled_out, 1000 - rows.size());
}

TEST_F(EventRowsTest, LinesAreBounded) {
  Make();
  for (uint32_t inode = 10; inode < 5000; ++inode) ASSERT_EQ(Drain({Event(XTCP2_EVENT_CLOSE, inode, 1)}).size(), 1u);
}

}  // namespace
}  // namespace xtcp2::ledger
