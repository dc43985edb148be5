// Rows: io_uring in place of system calls.
#include "config/rows.h"

namespace xtcp2::config {
namespace {

constinit const Option kRows[] = {
    {.flag = "ioUring",
     .field = "io_uring",
     .number = 210,
     .member = &Config::io_uring,
     .preset = "false",
     .group = Group::kUring,
     .help = "Read netlink, and write to tcp, udp, unix and unixgram destinations, by io_uring (Linux 6.1); where that "
             "cannot be had, by system calls and a line in the log."},
    {.flag = "ioUringRequire",
     .env = "XTCP2_IO_URING_REQUIRE",
     .field = "io_uring_require",
     .number = 9028,
     .member = &Config::io_uring_require,
     .preset = "false",
     .group = Group::kUring,
     .help = "With -ioUring: not to start where it cannot be had."},
    {.flag = "ioUringRecvBatch",
     .field = "io_uring_recv_batch_size",
     .number = 211,
     .member = &Config::io_uring_recv_batch,
     .preset = "64",
     .accept = Between(1, 4096),
     .unit = "buffers",
     .group = Group::kUring,
     .help = "Receive buffers in flight per reader, so the most namespaces that one dumps at once."},
    {.flag = "ioUringCqeBatch",
     .field = "io_uring_cqe_batch_size",
     .number = 212,
     .member = &Config::io_uring_cqe_batch,
     .preset = "128",
     .accept = Between(1, 4096),
     .unit = "completions",
     .group = Group::kUring,
     .help = "Completions taken at once."},
    {.flag = "ioUringMemory",
     .env = "XTCP2_IO_URING_MEMORY",
     .field = "io_uring_memory",
     .number = 9029,
     .member = &Config::io_uring_memory,
     .preset = "268435456",
     .accept = AtLeast(1048576),
     .unit = "bytes",
     .group = Group::kUring,
     .traits = kAdvanced,
     .help = "The most that rings and buffers of all readers may take; a configuration above it is refused."},
};

}  // namespace

std::span<const Option> UringRows() { return kRows; }

}  // namespace xtcp2::config
