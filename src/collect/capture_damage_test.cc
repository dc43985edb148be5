// Capture files that are truncated, damaged or contradict themselves: what can be read is read, the rest is an error
// with its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "collect/capture_for_test.h"
#include "collect/capture_reader.h"

namespace xtcp2::collect {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kAnswer = Message(20, 2, 5, 9, std::string(72, 'a'));
const std::string kOther = Message(20, 2, 6, 9, std::string(40, 'b')) + Done(6, 9);
const std::string kRequest = Message(20, 0x301, 5, 0, std::string(56, 'r'));

std::vector<std::string> BytesOf(const ReadResult& result) {
  std::vector<std::string> out;
  for (const Kept& kept : result.datagrams) out.push_back(kept.bytes);
  return out;
}

// A message from a machine of the other byte order inside a sound file.
TEST(DamagedCapture, MessagesInTheOtherByteOrderAreNotDecodedAsOurs) {
  Maker swapped(true), file;
  swapped.U32(88).U16(20).U16(2).U32(5).U32(9).Raw(std::string(72, 'a'));
  file.PcapHeader(0xa1b2c3d4).PcapPacket(0, 0, Cooked(swapped.text)).PcapPacket(0, 0, Cooked(kAnswer));
  const ReadResult read = ReadBytes(file.text);
  EXPECT_EQ(BytesOf(read), std::vector{kAnswer});
  EXPECT_THAT(read.error,
              AllOf(HasSubstr("test.pcap: at offset 24: "), HasSubstr("other byte order"), HasSubstr("(1 in all)")));
}

TEST(DamagedCapture, PacketsCutByASnapLengthAreHandedOutAndReported) {
  Maker file;
  const std::string packet = Cooked(kAnswer);
  file.PcapHeader(0xa1b2c3d4).PcapPacketHeader(0, 0, 60, packet.size()).Raw(packet.substr(0, 60));
  file.PcapPacket(0, 0, packet);
  const ReadResult read = ReadBytes(file.text);
  EXPECT_EQ(BytesOf(read), (std::vector{kAnswer.substr(0, 44), kAnswer}));
  EXPECT_TRUE(read.datagrams[0].cut);
  EXPECT_FALSE(read.datagrams[1].cut);
  EXPECT_THAT(read.error, AllOf(HasSubstr("at offset 24"), HasSubstr("snap length")));
}

TEST(DamagedCapture, BlocksThatContradictThemselvesAreSkipped) {
  Maker file;
  file.Section("").Netns("ns", 1, 1);
  const size_t first_bad = file.text.size();
  file.Enhanced(7, 0, Cooked(kAnswer));                                  // no such interface
  file.Block(6, Maker().U32(0).U32(0).U32(0).U32(1000).U32(1000).text);  // more bytes than the block
  file.Block(6, "short").Enhanced(0, 0, "short").Enhanced(0, 0, Cooked(kAnswer));
  const ReadResult read = ReadBytes(file.text);
  EXPECT_EQ(BytesOf(read), std::vector{kAnswer});
  EXPECT_THAT(read.error,
              HasSubstr("at offset " + std::to_string(first_bad) + ": a packet of interface 7, of which there are 1"));
  EXPECT_THAT(read.error, HasSubstr("and 2 more"));
  EXPECT_THAT(read.error, HasSubstr("shorter than the netlink header"));
}

TEST(DamagedCapture, DamagedLengthsEndTheFileWithTheOffset) {
  Maker good;
  good.Section("").Netns("ns", 1, 1).Enhanced(0, 0, Cooked(kAnswer));
  const std::string at = "at offset " + std::to_string(good.text.size()) + ": ";
  const auto error_of = [&](const std::string& tail) {
    const ReadResult read = ReadBytes(good.text + tail);
    EXPECT_EQ(BytesOf(read), std::vector{kAnswer});
    return read.error;
  };
  EXPECT_THAT(error_of(Maker().U32(6).U32(8).U32(0).text), HasSubstr(at + "a block of type 6 claims 8 bytes"));
  EXPECT_THAT(error_of(Maker().U32(6).U32(0xfffffffc).U32(0).text),
              HasSubstr(at + "a block of type 6 claims 4294967292 bytes"));
  EXPECT_THAT(error_of(Maker().U32(99).U32(0xfffffffc).U32(0).text), HasSubstr(at + "the file ends inside"));
  EXPECT_THAT(error_of(Maker().U32(99).U32(16).U32(0).U32(20).text),
              HasSubstr(at + "a block's two lengths differ: 16 and 20"));
  EXPECT_THAT(error_of(Maker().U32(0x0a0d0d0a).U32(28).U32(0).text), HasSubstr("byte-order magic 0x00000000"));
  Maker pcap;
  pcap.PcapHeader(0xa1b2c3d4).PcapPacket(0, 0, Cooked(kAnswer)).PcapPacketHeader(0, 0, 0x7fffffff, 0x7fffffff);
  const ReadResult read = ReadBytes(pcap.text);
  EXPECT_EQ(BytesOf(read), std::vector{kAnswer});
  EXPECT_THAT(read.error, HasSubstr("at offset 144: a packet claims 2147483647 bytes"));
}

// A small file of each kind: its datagrams, the sizes at which each is complete, and those at which a file of that
// length is whole.
struct Sample {
  std::string bytes;
  std::vector<std::string> datagrams;
  std::vector<size_t> datagram_ends, whole_at;

  void Add(const std::string& datagram, const Maker& file) {
    datagrams.push_back(datagram);
    datagram_ends.push_back(file.text.size());
    End(file);
  }
  void End(const Maker& file) {
    whole_at.push_back(file.text.size());
    bytes = file.text;
  }
};

Sample PcapngSample(bool swap) {
  Sample sample;
  Maker file(swap);
  sample.End(file.Section("Linux 6.8.12"));
  sample.End(file.Netns("blue", 1, 2));
  for (const std::string& datagram : {kAnswer, kOther, kRequest})
    sample.Add(datagram, file.Enhanced(0, 1, Cooked(datagram)));
  return sample;
}

Sample PcapSample(bool swap) {
  Sample sample;
  Maker file(swap);
  sample.End(file.PcapHeader(0xa1b2c3d4));
  for (const std::string& datagram : {kAnswer, kOther, kRequest})
    sample.Add(datagram, file.PcapPacket(1, 0, Cooked(datagram)));
  return sample;
}

Sample RawSample() {
  Sample sample;
  Maker file;
  sample.End(file.Raw(kAnswer));
  sample.End(file.Raw(kAnswer));
  sample.Add(kAnswer + kAnswer + Done(5, 9), file.Raw(Done(5, 9)));
  sample.Add(kAnswer, file.Raw(kAnswer));
  return sample;
}

std::vector<Sample> Samples() {
  return {PcapngSample(false), PcapngSample(true), PcapSample(false), PcapSample(true), RawSample()};
}

TEST(DamagedCapture, TruncatedAtEveryOffset) {
  for (const Sample& sample : Samples()) {
    EXPECT_EQ(BytesOf(ReadBytes(sample.bytes)), sample.datagrams);
    for (size_t size = 0; size < sample.bytes.size(); ++size) {
      const ReadResult read = ReadBytes(sample.bytes.substr(0, size), "cut");
      const bool whole = std::count(sample.whole_at.begin(), sample.whole_at.end(), size) > 0;
      EXPECT_EQ(read.error.starts_with("cut: "), !whole) << size << ": " << read.error;
      EXPECT_EQ(read.error.empty(), whole) << size;
      // Everything before the cut is there, and nothing is there that is not in the file.
      size_t complete = 0;
      while (complete < sample.datagrams.size() && sample.datagram_ends[complete] <= size) ++complete;
      ASSERT_GE(read.datagrams.size(), complete) << size;
      ASSERT_LE(read.datagrams.size(), complete + 1) << size;
      for (size_t i = 0; i < read.datagrams.size(); ++i) {
        EXPECT_TRUE(sample.datagrams[i].starts_with(read.datagrams[i].bytes)) << size;
        EXPECT_FALSE(read.datagrams[i].cut && i < complete) << size;
      }
    }
  }
}

TEST(DamagedCapture, AnyByteDamagedNeverCrashesOrHangs) {
  for (const Sample& sample : Samples())
    for (size_t at = 0; at < sample.bytes.size(); ++at)
      for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
        std::string damaged = sample.bytes;
        damaged[at] = static_cast<char>(value);
        const ReadResult read = ReadBytes(damaged, "damaged");
        EXPECT_LE(read.datagrams.size(), 8u);
        EXPECT_TRUE(read.error.empty() || read.error.starts_with("damaged: ")) << read.error;
      }
}

}  // namespace
}  // namespace xtcp2::collect
