#include "collect/row_sink.h"

#include "collect/make_sink.h"

namespace xtcp2::collect {

void SinkCounters::Add(const SinkCounters& other) {
  rows += other.rows;
  row_bytes += other.row_bytes;
  filtered += other.filtered;
  sampled_out += other.sampled_out;
  duplicates += other.duplicates;
  lost_rows += other.lost_rows;
  for (size_t family = 0; family < by_state.size(); ++family)
    for (size_t state = 0; state < by_state[family].size(); ++state)
      by_state[family][state] += other.by_state[family][state];
  locate.Add(other.locate);
}

uint64_t NextSinkId() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::unique_ptr<RowSink> MakeRowSink(const SinkOptions& options, BatchOutput& output) {
  switch (options.encode.format) {
    case encode::Format::kProtobufList:
      return MakeProtobufSink(options, output);
    case encode::Format::kProtoJson:
    case encode::Format::kJsonl:
    case encode::Format::kHumanize:
      return MakeJsonSink(options, output);
    case encode::Format::kProtoText:
    case encode::Format::kMsgpack:
      return MakeOtherSink(options, output);
    case encode::Format::kCsv:
    case encode::Format::kTsv:
    case encode::Format::kTable:
      return MakeColumnSink(options, output);
  }
  return nullptr;
}

}  // namespace xtcp2::collect
