#include "collect/make_sink.h"
#include "collect/transcoder.h"
#include "encode/delimited.h"
#include "encode/table.h"

namespace xtcp2::collect {

std::unique_ptr<RowSink> MakeColumnSink(const SinkOptions& options, BatchOutput& output) {
  switch (options.encode.format) {
    case encode::Format::kCsv:
      return std::make_unique<Transcoder<encode::CsvEncoder>>(options, output);
    case encode::Format::kTsv:
      return std::make_unique<Transcoder<encode::TsvEncoder>>(options, output);
    default:
      return std::make_unique<Transcoder<encode::TableEncoder>>(options, output);
  }
}

}  // namespace xtcp2::collect
