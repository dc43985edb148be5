#include "collect/replay.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "abi/inet_diag.h"
#include "collect/capture_for_test.h"
#include "collect/capture_writer.h"
#include "collect/replay_for_test.h"
#include "decode/answer_for_test.h"

namespace xtcp2::collect {
namespace {

using namespace testing;
using decode::AnswerBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kT0 = 1'700'000'000 * kSecond;

std::string Payload(const AnswerBuilder& builder) { return std::string(AsText(builder.bytes())); }
// One answer of a dump.
std::string Row(uint64_t cookie, uint32_t seq = 5, uint32_t port_id = 9, uint8_t family = 2) {
  return Message(20, 2, seq, port_id, Payload(AnswerBuilder(cookie, family)));
}
std::string DumpRequest(uint32_t seq, uint8_t family, uint8_t protocol, const std::string& attributes = "") {
  return Message(
      20, 0x301, seq, 0,
      std::string{static_cast<char>(family), static_cast<char>(protocol)} + std::string(54, '\0') + attributes);
}

class ReplayTest : public ::testing::Test {
 protected:
  std::string Save(const std::string& name, const std::string& bytes) const {
    WriteFile(folder_.File(name), bytes);
    return folder_.File(name);
  }
  std::string SavePcap(const std::string& name, const std::vector<std::string>& datagrams) const {
    Maker file;
    file.PcapHeader(0xa1b23c4d);
    uint32_t seconds = 1'700'000'000;
    for (const std::string& datagram : datagrams) file.PcapPacket(seconds++, 0, Cooked(datagram));
    return Save(name, file.text);
  }
  TempFolder folder_;
};

std::vector<uint64_t> Cookies(const std::vector<Record>& rows) {
  std::vector<uint64_t> out;
  for (const Record& row : rows) out.push_back(row.inet_diag_msg_socket_cookie());
  return out;
}
std::vector<uint64_t> Counters(const std::vector<Record>& rows) {
  std::vector<uint64_t> out;
  for (const Record& row : rows) out.push_back(row.record_counter());
  return out;
}

TEST_F(ReplayTest, RowsCarryWhatTheCaptureKnowsAndNothingOfThisHost) {
  auto writer = CaptureWriter::Open(folder_.File(""), 0, 100, {"xtcp2", 0x1122334455667788});
  ASSERT_TRUE(writer);
  for (uint64_t ns = 1; ns <= 3; ++ns) {
    const std::string name = "ns" + std::to_string(ns);
    const NetnsLabel label{name, 4026531840 + ns, 70 + ns};
    const auto seq = static_cast<uint32_t>(ns);
    const std::string first = Row(ns * 10, seq) + Row(ns * 10 + 1, seq), second = Row(ns * 10 + 2, seq),
                      done = Done(seq, 9);
    const auto t = static_cast<int64_t>(kT0 + static_cast<int64_t>(ns) * kSecond);
    (*writer)->Write(AsBytes(first), label, t);
    (*writer)->Write(AsBytes(second), label, t + 2'500'000);
    (*writer)->Write(AsBytes(done), label, t + 3'000'000);
  }
  const ReplayResult result = RunReplay({(*writer)->path()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.problems, IsEmpty());
  bool whole;
  const auto frames = result.Frames(&whole);
  EXPECT_TRUE(whole);
  ASSERT_EQ(frames.size(), 3u);  // a batch for each dump
  for (uint64_t ns = 1; ns <= 3; ++ns) {
    const auto& rows = frames[ns - 1];
    EXPECT_THAT(Cookies(rows), ElementsAre(ns * 10, ns * 10 + 1, ns * 10 + 2));
    EXPECT_THAT(Counters(rows), ElementsAre(1, 2, 3));
    for (const Record& row : rows) {
      EXPECT_EQ(row.netns(), "ns" + std::to_string(ns));
      EXPECT_EQ(row.netns_inode(), 4026531840 + ns);
      EXPECT_EQ(row.netns_cookie(), 70 + ns);
      EXPECT_EQ(row.boot_id(), 0x1122334455667788u);
      EXPECT_EQ(row.timestamp_ns(), static_cast<int64_t>(kT0 + static_cast<int64_t>(ns) * kSecond));
      EXPECT_EQ(row.collector(), 5);
      EXPECT_EQ(row.schema_version(), 2u);
      EXPECT_EQ(row.hostname() + row.daemon_version() + row.label() + row.tag(), "");
    }
    EXPECT_EQ(rows[0].observed_delay_us(), 1u);
    EXPECT_EQ(rows[2].observed_delay_us(), 2500u);
  }
}

TEST_F(ReplayTest, GivenFactsGoIntoEveryRow) {
  ReplayOptions options;
  options.files = {SavePcap("a.pcap", {Row(1) + Row(2)})};
  options.facts.hostname = "db7";
  options.facts.tag = "incident";
  const ReplayResult result = RunReplay(options);
  ASSERT_EQ(result.Rows().size(), 2u);
  EXPECT_EQ(result.Rows()[1].hostname(), "db7");
  EXPECT_EQ(result.Rows()[1].tag(), "incident");
}

TEST_F(ReplayTest, DumpsThatInterleaveKeepTheirOwnTimeAndCounter) {
  Maker file;
  file.Section("").Netns("a", 1, 1).Netns("b", 2, 2);
  const auto t = static_cast<uint64_t>(kT0);
  file.Enhanced(0, t, Cooked(Row(1))).Enhanced(1, t + 10, Cooked(Row(1)));          // same numbers, other interface
  file.Enhanced(0, t + 20, Cooked(Row(2))).Enhanced(0, t + 30, Cooked(Row(3, 6)));  // another sequence number
  file.Enhanced(1, t + 40, Cooked(Row(2))).Enhanced(0, t + 50, Cooked(Row(4) + Done(5, 9)));
  file.Enhanced(0, t + 60, Cooked(Row(5)));  // begins anew behind its DONE
  const std::vector<Record> rows = RunReplay({Save("x.pcapng", file.text)}).Rows();
  EXPECT_THAT(Cookies(rows), ElementsAre(1, 1, 2, 3, 2, 4, 5));
  EXPECT_THAT(Counters(rows), ElementsAre(1, 1, 2, 1, 2, 3, 1));
  std::vector<int64_t> delays;
  std::string names;
  for (const Record& row : rows) delays.push_back(row.timestamp_ns() - kT0), names += row.netns();
  EXPECT_THAT(delays, ElementsAre(0, 10, 0, 30, 10, 0, 60));
  EXPECT_EQ(names, "abaabaa");
}

TEST_F(ReplayTest, ADumpOfRawFilesIsSpreadOverThem) {
  const std::vector<std::string> files = {Save("netlink.2024-08-29T12:10:36.25Z", Row(1) + Row(2)),
                                          Save("netlink.2024-08-29T12:10:36.75Z", Row(3) + Done(5, 9)),
                                          Save("netlink.2024-08-29T12:10:41Z", Row(4) + Done(5, 9))};
  const ReplayResult result = RunReplay(files);
  EXPECT_EQ(result.exit_code, 0);
  const std::vector<Record> rows = result.Rows();
  EXPECT_THAT(Cookies(rows), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Counters(rows), ElementsAre(1, 2, 3, 1));
  EXPECT_EQ(rows[0].timestamp_ns(), 1'724'933'436'250'000'000);
  EXPECT_EQ(rows[2].timestamp_ns(), 1'724'933'436'250'000'000);
  EXPECT_EQ(rows[3].timestamp_ns(), 1'724'933'441'000'000'000);
  EXPECT_EQ(rows[2].observed_delay_us(), 500'000u);
}

TEST_F(ReplayTest, ASocketThatItsDumpGivesTwiceMakesOneRow) {
  const ReplayResult result =
      RunReplay({SavePcap("a.pcap", {Row(1) + Row(2), Row(1) + Done(5, 9), Row(1) + Done(5, 9)})});
  EXPECT_THAT(Cookies(result.Rows()), ElementsAre(1, 2, 1));
  EXPECT_EQ(result.counts.duplicates, 1u);
  EXPECT_EQ(result.counts.rows, 3u);
}

TEST_F(ReplayTest, AnswersForOtherSocketsThanTcpAreNoRows) {
  const std::string mptcp = Maker().U16(8).U16(3).U32(262).text, tcp = Maker().U16(8).U16(3).U32(6).text;
  const ReplayResult result = RunReplay({SavePcap(
      "ss.pcap",
      {DumpRequest(5, 2, 17), Row(1) + Done(5, 9),  // UDP
       DumpRequest(5, 2, 6), Row(2) + Done(5, 9),   // TCP, same numbers
       DumpRequest(5, 10, 6, mptcp), Row(3, 5, 9, 10) + Done(5, 9), DumpRequest(5, 10, 255, tcp),
       Row(4, 5, 9, 10) + Done(5, 9), DumpRequest(6, 1, 0),
       Message(20, 2, 6, 9, std::string(1, 1) + std::string(90, 'u')),  // unix
       Message(18, 0x301, 7, 0, std::string(56, '\0')), Message(18, 2, 7, 9, Payload(AnswerBuilder(5))),
       Message(20, 2, 8, 9, std::string(1, 16) + std::string(90, 'n')),  // netlink sockets, nobody saw the request
       Row(6, 9)})});
  EXPECT_EQ(result.exit_code, 0) << result.problems.at(0);
  EXPECT_THAT(Cookies(result.Rows()), ElementsAre(2, 4, 5, 6));
  EXPECT_EQ(result.counts.requests, 6u);
  EXPECT_EQ(result.counts.other_sockets, 4u);
}

// The last word of a 280-byte tcp_info, as 6.18 and 7.0 read it.
TEST_F(ReplayTest, TheKernelDecidesWhatTheLastWordMeans) {
  std::vector<uint8_t> info(sizeof(abi::TcpInfo));
  Store<uint32_t>(info.data() + offsetof(abi::TcpInfo, accecn_word), 0x00030025);
  const std::string datagram = Message(20, 2, 5, 9, Payload(AnswerBuilder(1).Add(abi::kInetDiagInfo, info)));
  const auto modes_with = [&](const std::string& os, const char* kernel) {
    Maker file;
    ReplayOptions options;
    options.files = {Save("k", file.Section(os).Netns("n", 1, 1).Enhanced(0, 1, Cooked(datagram)).text)};
    if (kernel != nullptr) options.kernel = *ParseKernelRelease(kernel);
    const Record row = RunReplay(options).Rows().at(0);
    return std::vector<uint32_t>{row.tcp_info_ecn_mode(), row.tcp_info_accecn_opt_seen(),
                                 row.tcp_info_accecn_fail_mode(), row.tcp_info_options2()};
  };
  const std::vector<uint32_t> as_6_18 = {0, 3, 0x25, 0}, as_7_0 = {1, 1, 2, 0x300};
  EXPECT_EQ(modes_with("Linux 6.18.44-cloud", nullptr), as_6_18);
  EXPECT_EQ(modes_with("Linux 7.0.1", nullptr), as_7_0);
  EXPECT_EQ(modes_with("Linux 10.2", nullptr), as_7_0);
  EXPECT_EQ(modes_with("Linux 6.18.44", "7.1"), as_7_0);
  EXPECT_EQ(modes_with("Linux 7.0.1", "6.18"), as_6_18);
  EXPECT_EQ(modes_with("", nullptr), as_6_18);
  EXPECT_EQ(modes_with("FreeBSD 14", "7.0"), as_7_0);
}

TEST(KernelRelease, IsTwoNumbers) {
  for (const char* good : {"6.18", "6.18.44", "6.18-rc1", "6.18.44-cloud-amd64", "6.18+"}) {
    const auto kernel = ParseKernelRelease(good);
    ASSERT_TRUE(kernel) << good;
    EXPECT_EQ(kernel->major * 100 + kernel->minor, 618u) << good;
  }
  for (const char* bad : {"", "6", "6.", ".18", "six.one", "6.18x", "-6.18", "6,18", "99999999999.1"}) {
    const auto kernel = ParseKernelRelease(bad);
    ASSERT_FALSE(kernel) << bad;
    EXPECT_THAT(kernel.error().Text(), HasSubstr("\"" + std::string(bad) + "\" is no kernel release"));
  }
}

TEST_F(ReplayTest, EveryFileIsReadAsFarAsItGoesAndEachProblemNamesIts) {
  const std::string good = SavePcap("good.pcap", {Row(1), Row(2) + Row(3)});
  const std::string bytes = ReadFile(good);
  const std::string cut = Save("cut.pcap", bytes.substr(0, bytes.size() - 10));
  const std::string zeros = Save("zeros.pcap", std::string(100, '\0'));
  const ReplayResult result = RunReplay({cut, zeros, folder_.File("missing.pcap"), good});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(Cookies(result.Rows()), ElementsAre(1, 2, 1, 2, 3));  // the half of row 3 is none
  EXPECT_THAT(result.problems, ElementsAre(StartsWith(cut + ": at offset 144: the file ends after 182 of 192 bytes"),
                                           StartsWith(zeros + ": neither pcapng nor pcap"), HasSubstr("missing.pcap")));
}

TEST_F(ReplayTest, DamageInsideADatagramIsReportedAndItsGoodRowsArePrinted) {
  std::string overlong = Row(2);
  overlong[0] = static_cast<char>(overlong[0] + 4);
  const std::string short_answer = Message(20, 2, 5, 9, "tooshort");
  const std::string bad_attribute =
      Message(20, 2, 5, 9, Payload(AnswerBuilder(4)) + std::string("\x40\x00\x05\x00", 4));
  const ReplayResult lengths = RunReplay({SavePcap("lengths.pcap", {Row(1) + overlong, Row(3)})});
  EXPECT_EQ(lengths.exit_code, 1);
  EXPECT_THAT(Cookies(lengths.Rows()), ElementsAre(1, 3));
  EXPECT_THAT(lengths.problems,
              ElementsAre(HasSubstr("lengths.pcap: at offset 24: netlink messages whose lengths do not add up (1 ")));
  const ReplayResult answers = RunReplay({SavePcap("answers.pcap", {Row(1) + short_answer + bad_attribute})});
  EXPECT_EQ(answers.exit_code, 1);
  EXPECT_THAT(Cookies(answers.Rows()), ElementsAre(1, 4));
  EXPECT_THAT(answers.problems, ElementsAre(HasSubstr("answers.pcap: 1 answers are too short"),
                                            HasSubstr("answers.pcap: 1 answers have attributes")));
}

TEST_F(ReplayTest, TheHeaderOfAFormatComesOnceAndAlsoWithoutRows) {
  ReplayOptions options;
  options.sink.encode.format = encode::Format::kCsv;
  options.sink.encode.fields = *encode::ParseFields("record_counter,inet_diag_msg_socket_cookie", schema::Epoch::k2);
  const std::string one = SavePcap("a.pcap", {Row(7) + Done(5, 9), Row(8) + Done(5, 9)});
  options.files = {one, one};
  const std::string header = "recordCounter,inetDiagMsgSocketCookie\n";
  EXPECT_EQ(RunReplay(options).output, header + "1,7\n1,8\n1,7\n1,8\n");
  options.files = {SavePcap("empty.pcap", {})};
  const ReplayResult empty = RunReplay(options);
  EXPECT_EQ(empty.exit_code, 0);
  EXPECT_EQ(empty.output, header);
}

TEST_F(ReplayTest, BatchCapsHoldAsLive) {
  std::vector<std::string> datagrams;
  for (uint64_t cookie = 1; cookie <= 25; ++cookie) datagrams.push_back(Row(cookie));
  ReplayOptions options;
  options.files = {SavePcap("a.pcap", datagrams)};
  options.sink.max_rows = 10;
  const auto frames = RunReplay(options).Frames();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].size(), 10u);
  EXPECT_EQ(frames[2].size(), 5u);
  EXPECT_EQ(frames[2][4].record_counter(), 25u);
}

TEST_F(ReplayTest, AnOutputThatFailsEndsIt) {
  ReplayOptions options;
  options.files = {SavePcap("a.pcap", {Row(1) + Done(5, 9)}), folder_.File("never-opened")};
  std::vector<std::string> problems;
  const auto problem = [&](std::string_view text) { problems.emplace_back(text); };
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  options.output_fd = full.get();
  EXPECT_EQ(Replay(options, problem), 1);
  EXPECT_THAT(problems, ElementsAre("writing the rows: No space left on device"));

  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  const Fd closed(ends[1]);
  options.output_fd = closed.get();
  problems.clear();
  const auto handler = std::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(Replay(options, problem), 1);
  std::signal(SIGPIPE, handler);
  EXPECT_THAT(problems, IsEmpty());  // `| head` is not worth a complaint
}

}  // namespace
}  // namespace xtcp2::collect
