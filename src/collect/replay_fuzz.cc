// Any bytes as a capture file, all the way to rows: reader, grouping into dumps, decoder, encoder and output.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/fd.h"
#include "collect/replay.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace xtcp2;
  using namespace xtcp2::collect;
  static const Fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const Fd file(::memfd_create("capture", MFD_CLOEXEC));
  if (::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  ReplayOptions options;
  options.files = {"/proc/self/fd/" + std::to_string(file.get())};
  options.sink.encode.format = size % 2 == 0 ? encode::Format::kProtobufList : encode::Format::kJsonl;
  options.output_fd = null.get();
  uint64_t problems = 0;
  ReplayCounts counts;
  const int exit_code = Replay(options, [&](std::string_view text) { problems += !text.empty(); }, &counts);
  if (exit_code != (problems > 0 ? 1 : 0)) std::abort();
  if (counts.rows * 88 > size) std::abort();  // a row takes at least a header and an inet_diag_msg
  return 0;
}
