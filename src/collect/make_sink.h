// One maker per group of formats, each in a file of its own: an encoder is unrolled over the whole table, and compile
// times stay apart.
#pragma once

#include <memory>

#include "collect/row_sink.h"

namespace xtcp2::collect {

// What tells sinks apart, whatever their format; never given twice in this process, never 0.
uint64_t NextSinkId();

std::unique_ptr<RowSink> MakeProtobufSink(const SinkOptions& options, BatchOutput& output);
std::unique_ptr<RowSink> MakeJsonSink(const SinkOptions& options, BatchOutput& output);    // jsonl, protoJson, humanize
std::unique_ptr<RowSink> MakeOtherSink(const SinkOptions& options, BatchOutput& output);   // protoText, msgpack
std::unique_ptr<RowSink> MakeColumnSink(const SinkOptions& options, BatchOutput& output);  // csv, tsv, table

}  // namespace xtcp2::collect
