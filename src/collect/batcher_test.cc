#include "collect/batcher.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "collect/output_for_test.h"

namespace xtcp2::collect {
namespace {

SinkOptions Caps(size_t rows, size_t bytes, encode::Format format = encode::Format::kJsonl) {
  SinkOptions options;
  options.encode.format = format;
  options.max_rows = rows;
  options.max_bytes = bytes;
  return options;
}

void AddRow(Batcher& batcher, const std::string& row) {
  batcher.rows().Append(row);
  batcher.RowAdded();
}

std::string AllRows(const KeptOutput& output) {
  std::string all;
  for (const auto& batch : output.batches) all += batch->rows.text();
  return all;
}

TEST(Batcher, TheRowCapClosesAndTheNextOpensAtOnce) {
  KeptOutput output;
  Batcher batcher(Caps(3, 1000), output);
  for (int i = 0; i < 7; ++i) AddRow(batcher, std::to_string(i) + "\n");
  batcher.Close(encode::FlushReason::kPollEnd);
  ASSERT_EQ(output.batches.size(), 3u);
  EXPECT_EQ(output.batches[0]->count(), 3u);
  EXPECT_EQ(output.batches[0]->reason, encode::FlushReason::kRowsCap);
  EXPECT_EQ(output.batches[2]->count(), 1u);
  EXPECT_EQ(output.batches[2]->reason, encode::FlushReason::kPollEnd);
  EXPECT_EQ(AllRows(output), "0\n1\n2\n3\n4\n5\n6\n");
}

TEST(Batcher, NoBatchIsLargerThanTheByteCapAsItWillBeSent) {
  KeptOutput output;
  constexpr size_t kCap = 100;
  Batcher batcher(Caps(1000, kCap, encode::Format::kProtoJson), output);
  const encode::Framing framing = encode::MakeFraming({.format = encode::Format::kProtoJson, .fields = {}});
  std::string expected;
  for (size_t i = 0; i < 200; ++i) {
    const std::string row = "{" + std::string(i * 7 % 40, 'x') + "},";
    expected += row;
    AddRow(batcher, row);
  }
  batcher.Close(encode::FlushReason::kPollEnd);
  for (const auto& batch : output.batches) {
    EXPECT_LE(framing.FramedSize(batch->count(), batch->rows.size()), kCap);
    EXPECT_EQ(batch->row_end.back(), batch->rows.size());
  }
  EXPECT_EQ(AllRows(output), expected);
}

TEST(Batcher, ARowLargerThanTheCapIsABatchOfItsOwn) {
  KeptOutput output;
  Batcher batcher(Caps(1000, 10), output);
  const std::string large(50, 'y');
  AddRow(batcher, "a");
  AddRow(batcher, large);
  AddRow(batcher, "b");
  batcher.Close(encode::FlushReason::kPollEnd);
  ASSERT_EQ(output.batches.size(), 3u);
  EXPECT_EQ(output.batches[1]->rows.text(), large);
  EXPECT_EQ(AllRows(output), "a" + large + "b");
}

TEST(Batcher, RowsThatTheOutputWillNotTakeAreCounted) {
  KeptOutput output;
  output.stopping = true;
  Batcher batcher(Caps(2, 1000), output);
  for (int i = 0; i < 5; ++i) AddRow(batcher, "r");
  batcher.Close(encode::FlushReason::kShutdown);
  EXPECT_EQ(batcher.TakeLostRows(), 5u);
  EXPECT_EQ(batcher.TakeLostRows(), 0u);
}

TEST(Batcher, AnEmptyBatchIsNeverSent) {
  KeptOutput output;
  Batcher batcher(Caps(2, 1000), output);
  batcher.rows();
  batcher.Close(encode::FlushReason::kPollEnd);
  EXPECT_TRUE(output.batches.empty());
}

}  // namespace
}  // namespace xtcp2::collect
