#include "collect/capture_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "collect/capture_for_test.h"

namespace xtcp2::collect {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kAnswer = Message(20, 2, 5, 9, std::string(72, 'a'));
const std::string kOther = Message(20, 2, 6, 9, std::string(40, 'b')) + Done(6, 9);
const std::string kRequest = Message(20, 0x301, 5, 0, std::string(56, 'r'));

std::vector<std::string> BytesOf(const ReadResult& result) {
  std::vector<std::string> out;
  for (const Kept& kept : result.datagrams) out.push_back(kept.bytes);
  return out;
}

TEST(CaptureReader, PcapOfBothByteOrdersAndUnits) {
  for (const bool swap : {false, true})
    for (const bool nanoseconds : {false, true}) {
      Maker file(swap);
      file.PcapHeader(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
      file.PcapPacket(1'700'000'000, 999'999, Cooked(kRequest)).PcapPacket(1'700'000'001, 7, Cooked(kAnswer));
      const ReadResult read = ReadBytes(file.text);
      EXPECT_EQ(read.error, "");
      ASSERT_EQ(BytesOf(read), (std::vector{kRequest, kAnswer}));
      EXPECT_EQ(read.datagrams[0].time_ns, 1'700'000'000'000'000'000 + 999'999 * (nanoseconds ? 1 : 1000));
      EXPECT_EQ(read.datagrams[1].time_ns, 1'700'000'001'000'000'000 + 7 * (nanoseconds ? 1 : 1000));
      EXPECT_TRUE(read.datagrams[0].is_request);
      EXPECT_FALSE(read.datagrams[1].is_request);
      EXPECT_EQ(read.datagrams[0].kernel_release + read.datagrams[0].netns, "");
    }
}

TEST(CaptureReader, PcapngOfBothByteOrdersSeveralSectionsAndUnknownBlocks) {
  Maker little(false), big(true);
  little.Block(0x0bad, std::string(200'000, 'x'));
  big.Section("Linux 5.4.281").Block(5, "statistics").Netns("blue", 1, 2).Netns("green", 3, 4);
  big.Enhanced(1, 11, Cooked(kOther)).Block(0x80000001, "").Enhanced(0, 12, Cooked(kAnswer));
  Maker first(false);
  first.Section("Linux 6.8.12").Raw(little.text).Netns("red", 5, 6).Enhanced(0, 10, Cooked(kAnswer));
  const ReadResult read = ReadBytes(first.text + big.text);
  EXPECT_EQ(read.error, "");
  ASSERT_EQ(BytesOf(read), (std::vector{kAnswer, kOther, kAnswer}));
  EXPECT_EQ(read.counts.other_blocks, 3u);
  EXPECT_EQ(read.datagrams[0].kernel_release, "6.8.12");
  EXPECT_EQ(read.datagrams[1].kernel_release, "5.4.281");
  EXPECT_EQ(read.datagrams[0].netns, "red");
  EXPECT_EQ(read.datagrams[1].netns, "green");
  EXPECT_EQ(read.datagrams[1].netns_inode, 3u);
  EXPECT_EQ(read.datagrams[1].netns_cookie, 4u);
  EXPECT_EQ(read.datagrams[2].netns, "blue");
  EXPECT_EQ(read.datagrams[2].time_ns, 12);
}

TEST(CaptureReader, SimpleAndObsoletePacketBlocks) {
  const std::string packet = Cooked(kAnswer);
  const auto length = static_cast<uint32_t>(packet.size());
  Maker file;
  file.Section("").Interface("");
  file.Block(3, Maker().U32(length).Raw(packet).text);
  file.Block(2, Maker().U16(0).U16(1).U32(0).U32(5).U32(length).U32(length).Raw(packet).text);
  const ReadResult read = ReadBytes(file.text);
  EXPECT_EQ(read.error, "");
  ASSERT_EQ(BytesOf(read), (std::vector{kAnswer, kAnswer}));
  EXPECT_EQ(read.datagrams[0].time_ns, 0);
  EXPECT_EQ(read.datagrams[1].time_ns, 5000);  // microseconds where nothing is said
}

int64_t TimeWith(uint8_t resolution, uint64_t ticks, int64_t offset_seconds = 0) {
  Maker options, file;
  options.Option(9, std::string(1, static_cast<char>(resolution)));
  options.Option(14, Maker().U64(static_cast<uint64_t>(offset_seconds)).text);
  file.Section("").Interface(options.text).Enhanced(0, ticks, Cooked(kAnswer));
  return ReadBytes(file.text).datagrams.at(0).time_ns;
}

TEST(CaptureReader, TimeResolutions) {
  EXPECT_EQ(TimeWith(0, 3), 3'000'000'000);
  EXPECT_EQ(TimeWith(3, 5), 5'000'000);
  EXPECT_EQ(TimeWith(9, 1), 1);
  EXPECT_EQ(TimeWith(12, 1'700'000'000'123), 1'700'000'000);
  EXPECT_EQ(TimeWith(127, ~uint64_t{0}), 0);
  EXPECT_EQ(TimeWith(0x80 | 10, 1536), 1'500'000'000);
  EXPECT_EQ(TimeWith(0xff, ~uint64_t{0}), 0);
  EXPECT_EQ(TimeWith(6, 1, 1000), 1'000'000'001'000);
  EXPECT_EQ(TimeWith(0, ~uint64_t{0}), INT64_MAX);
  EXPECT_EQ(TimeWith(9, 0, INT64_MIN), 0);
}

TEST(CaptureReader, AMonitorDevicesNameIsNoNamespace) {
  Maker options, file;
  options.Option(2, "nlmon0").Option(3, "all netlink traffic").Option(12, "Linux 6.1.0-18-amd64");
  file.Section("Linux 6.9 (merged elsewhere)").Interface(options.text).Enhanced(0, 0, Cooked(kAnswer));
  const ReadResult read = ReadBytes(file.text);
  ASSERT_EQ(read.datagrams.size(), 1u);
  EXPECT_EQ(read.datagrams[0].netns, "");
  EXPECT_EQ(read.datagrams[0].kernel_release, "6.1.0-18-amd64");
}

TEST(CaptureReader, OtherProtocolsAreSkippedAndCounted) {
  Maker file;
  file.PcapHeader(0xa1b2c3d4).PcapPacket(0, 0, Cooked("route", 0)).PcapPacket(0, 0, Cooked(kAnswer));
  file.PcapPacket(0, 0, Cooked("generic", 16));
  const ReadResult read = ReadBytes(file.text);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.datagrams.size(), 1u);
  EXPECT_EQ(read.counts.other_protocols, 2u);
}

TEST(CaptureReader, OtherLinkTypesAreRefusedByName) {
  EXPECT_EQ(ReadBytes(Maker().PcapHeader(0xa1b2c3d4, 1).text).error,
            "test.pcap: a pcap file of link type 1 (ETHERNET), not 253 (NETLINK): capture on a netlink monitor device");
  Maker ethernet, both;
  ethernet.Section("").Interface("", 113).Enhanced(0, 0, "frame").Enhanced(0, 0, "frame");
  EXPECT_THAT(ReadBytes(ethernet.text).error, AllOf(StartsWith("test.pcap: "), HasSubstr("only 113 (LINUX_SLL)")));
  both.Section("").Interface("", 1).Interface("").Enhanced(0, 0, "frame").Enhanced(1, 0, Cooked(kAnswer));
  const ReadResult read = ReadBytes(both.text);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.datagrams.size(), 1u);
  EXPECT_EQ(read.counts.other_links, 1u);
}

TEST(CaptureReader, WhatIsNoCaptureIsRefusedWithAReason) {
  EXPECT_EQ(ReadBytes("").error, "test.pcap: the file is empty");
  EXPECT_THAT(ReadBytes(std::string(1000, '\0')).error, HasSubstr("it begins with 00 00 00 00 00 00 00 00"));
  EXPECT_THAT(ReadBytes("\x1f\x8b\x08 and so on").error, HasSubstr("gunzip"));
  EXPECT_THAT(ReadBytes("State Recv-Q Send-Q").error, HasSubstr("neither pcapng nor pcap nor raw netlink"));
  EXPECT_THAT(ReadBytes(Maker().PcapHeader(0xa1b2c3d4).text.substr(0, 23)).error, HasSubstr("after 23 of 24 bytes"));
  const TempFolder folder;
  for (const std::string& path : {folder.File("missing"), folder.File("")}) {
    const auto reader = CaptureReader::Open(path);
    ASSERT_FALSE(reader);
    EXPECT_THAT(reader.error().Text(), HasSubstr(path));
  }
}

TEST(CaptureReader, RawFilesOfTheGoProgram) {
  const std::string more = Message(20, 2, 5, 9, std::string(80, 'c'));
  const std::string path = "/x/y/netlink.2024-08-29T12:10:36.560332872-07:00";
  // One datagram of several messages; its end; then another dump put behind it.
  const ReadResult read = ReadBytes(kAnswer + more + Done(5, 9) + kOther, path);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(BytesOf(read), (std::vector{kAnswer + more + Done(5, 9), kOther}));
  EXPECT_EQ(read.datagrams[0].time_ns, 1'724'958'636'560'332'872);
  EXPECT_EQ(ReadBytes(kOther, "y.2024-08-29T12:10:36Z").datagrams[0].time_ns, 1'724'933'436'000'000'000);
  EXPECT_EQ(ReadBytes(kOther, "9999-08-29T12:10:36Z").datagrams[0].time_ns, 0);
  EXPECT_EQ(ReadBytes(kOther, "2024/netlink").datagrams[0].time_ns, 0);
}

TEST(CaptureReader, LongRawFilesComeInPieces) {
  std::string file;
  for (uint32_t i = 0; i < 5000; ++i) file += Message(20, 2, 5, 9, std::string(72 + i % 4 * 4, static_cast<char>(i)));
  const ReadResult read = ReadBytes(file);
  EXPECT_EQ(read.error, "");
  EXPECT_GT(read.datagrams.size(), 5u);
  std::string joined;
  for (const Kept& kept : read.datagrams) {
    EXPECT_LE(kept.bytes.size(), 64u * 1024);
    joined += kept.bytes;
  }
  EXPECT_EQ(joined, file);
}

TEST(CaptureReader, ATruncatedRawFileGivesWhatItHas) {
  const std::string file = kAnswer + kAnswer;
  const ReadResult half = ReadBytes(file.substr(0, kAnswer.size() + 50), "raw");
  EXPECT_EQ(BytesOf(half), std::vector{file.substr(0, kAnswer.size() + 50)});
  EXPECT_TRUE(half.datagrams[0].cut);
  EXPECT_EQ(half.error, "raw: at offset 88: the file ends after 50 of 88 bytes of a message");
  const ReadResult stray = ReadBytes(kAnswer + "tail");
  EXPECT_EQ(BytesOf(stray), std::vector{kAnswer});
  EXPECT_THAT(stray.error, HasSubstr("offset 88: the file ends after 4 of 16 bytes of a message header"));
  const ReadResult zeros = ReadBytes(kAnswer + std::string(100, '\0'));
  EXPECT_EQ(BytesOf(zeros), std::vector{kAnswer});
  EXPECT_THAT(zeros.error, HasSubstr("offset 88: a netlink message claims 0 bytes"));
}

TEST(CaptureReader, ReadsAPipe) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Maker file;
  file.PcapHeader(0xa1b2c3d4);
  for (uint32_t i = 0; i < 400; ++i) file.PcapPacket(i, 0, Cooked(Message(20, 2, i, 1, std::string(i * 7, 'p'))));
  std::thread writer([&] {
    for (size_t at = 0; at < file.text.size();) {
      const ssize_t wrote = write(ends[1], file.text.data() + at, std::min<size_t>(file.text.size() - at, 1000));
      if (wrote <= 0) break;
      at += static_cast<size_t>(wrote);
    }
    close(ends[1]);
  });
  auto reader = CaptureReader::Open("/dev/fd/" + std::to_string(ends[0]));
  close(ends[0]);  // opened a second time by its path
  ASSERT_TRUE(reader) << reader.error().Text();
  EXPECT_EQ(ReadAll(**reader).size(), 400u);
  EXPECT_TRUE((*reader)->Status());
  writer.join();
}

}  // namespace
}  // namespace xtcp2::collect
