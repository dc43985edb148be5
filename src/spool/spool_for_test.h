// For the tests of the spool: batches that can be told apart, a folder that goes away, what was dropped.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/temp_dir_for_test.h"
#include "spool/spool.h"

namespace xtcp2::spool::test {

// Where a sync costs nothing, for tests that make thousands of files.
inline std::string FastFolder() { return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

inline std::string RowText(uint64_t number, size_t padding) {
  std::string row = "row " + std::to_string(number) + " ";
  for (size_t i = 0; row.size() < padding; ++i) row += static_cast<char>('a' + (number * 31 + i * i * 7) % 26);
  return row + "\n";
}

// Batch `number` holds the rows number * 10 to number * 10 + rows - 1.
inline encode::Batch MakeBatch(uint64_t number, size_t rows = 3, size_t padding = 40) {
  encode::Batch batch;
  for (size_t i = 0; i < rows; ++i) {
    batch.rows.Append(RowText(number * 10 + i, padding));
    batch.row_end.push_back(static_cast<uint32_t>(batch.rows.size()));
  }
  batch.origin_ns = 77;
  batch.sequence = number;
  batch.poll_ns = static_cast<int64_t>(number) * 1000;
  return batch;
}

inline bool Same(const encode::Batch& a, const encode::Batch& b) {
  return a.rows.text() == b.rows.text() && a.row_end == b.row_end && a.origin_ns == b.origin_ns &&
         a.sequence == b.sequence && a.poll_ns == b.poll_ns;
}

// One spool over a folder, and what it said.
class Box {
 public:
  explicit Box(const std::string& folder, Options options = {}) {
    options.folder = folder;
    if (options.format.empty()) options.format = "jsonl";
    options.keep_free = 0;
    if (options.bytes == 0) options.bytes = uint64_t{64} << 20;
    auto opened = Spool::Open(
        options, Listener{[this](std::string_view reason, uint64_t rows) { dropped[std::string(reason)] += rows; },
                          [this](const Error& error) { errors.push_back(error.Text()); }});
    if (opened)
      spool = std::move(*opened);
    else
      why = opened.error().Text();
  }
  Spool* operator->() const { return spool.get(); }

  // The sequences of everything that can be read, each Done().
  std::vector<uint64_t> ReadAll() const {
    std::vector<uint64_t> sequences;
    encode::Batch batch;
    while (spool->Next(batch)) {
      sequences.push_back(batch.sequence);
      spool->Done();
    }
    return sequences;
  }

  std::map<std::string, uint64_t> dropped;
  std::vector<std::string> errors;
  std::string why;
  std::unique_ptr<Spool> spool;  // last: it calls the listener
};

inline std::vector<uint64_t> FromTo(uint64_t first, uint64_t last) {
  std::vector<uint64_t> numbers;
  for (uint64_t i = first; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

inline std::vector<std::string> Segments(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".seg") names.push_back(entry.path().string());
  std::sort(names.begin(), names.end());
  return names;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}
inline void WriteFile(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace xtcp2::spool::test
