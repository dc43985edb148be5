// One maker per format or group of formats, each in a file of its own to keep compile times apart.
#pragma once

#include <memory>

#include "collect/row_sink.h"

namespace xtcp2::collect {

std::unique_ptr<RowSink> MakeProtobufSink(const SinkOptions& options, BatchOutput& output);

}  // namespace xtcp2::collect
