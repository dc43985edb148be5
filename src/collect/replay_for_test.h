// For tests only: a replay into a file, and its protobufList rows read back by libprotobuf.
#pragma once

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <xtcp_flat_record/v1/xtcp_flat_record.pb.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "collect/capture_for_test.h"
#include "collect/replay.h"

namespace xtcp2::collect::testing {

using Record = xtcp_flat_record::v1::XtcpFlatRecord;

struct ReplayResult {
  int exit_code = -1;
  std::string output;
  std::vector<std::string> problems;
  ReplayCounts counts;

  // One vector of rows for each frame of protobufList; `whole` says that nothing was left over.
  std::vector<std::vector<Record>> Frames(bool* whole = nullptr) const {
    std::vector<std::vector<Record>> frames;
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(output.data()),
                                              static_cast<int>(output.size()));
    uint32_t size;
    bool good = true;
    while (good && in.CurrentPosition() < static_cast<int>(output.size())) {
      std::string bytes;
      xtcp_flat_record::v1::Envelope envelope;
      good = in.ReadVarint32(&size) && in.ReadString(&bytes, static_cast<int>(size)) && envelope.ParseFromString(bytes);
      if (good) frames.emplace_back(envelope.row().begin(), envelope.row().end());
    }
    if (whole != nullptr) *whole = good;
    return frames;
  }
  std::vector<Record> Rows() const {
    std::vector<Record> rows;
    for (const auto& frame : Frames())
      for (const Record& row : frame) rows.push_back(row);
    return rows;
  }
};

// Replays options.files; output_fd is set here.
inline ReplayResult RunReplay(ReplayOptions options) {
  const TempFolder folder;
  const Fd out(::open(folder.File("out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  options.output_fd = out.get();
  ReplayResult result;
  result.exit_code =
      Replay(options, [&](std::string_view problem) { result.problems.emplace_back(problem); }, &result.counts);
  result.output = ReadFile(folder.File("out"));
  return result;
}
inline ReplayResult RunReplay(const std::vector<std::string>& files) {
  ReplayOptions options;
  options.files = files;
  return RunReplay(std::move(options));
}

}  // namespace xtcp2::collect::testing
