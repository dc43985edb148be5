// Rows: the spool before a network destination.
#include "config/checks.h"
#include "config/rows.h"

namespace xtcp2::config {
namespace {

constinit const Option kRows[] = {
    {.flag = "spoolDir",
     .env = "XTCP2_SPOOL_DIR",
     .field = "spool_dir",
     .number = 9240,
     .member = &Config::spool_dir,
     .preset = "auto",
     .accept = Between(1, 4096),
     .group = Group::kSpool,
     .help = "Folder where rows wait while their destination (network or broker) is away; made 0700. auto: spool in "
             "$STATE_DIRECTORY where that is set, else none; none: memory only."},
    {.flag = "spoolBytes",
     .env = "XTCP2_SPOOL_BYTES",
     .field = "spool_bytes",
     .number = 9241,
     .member = &Config::spool_bytes,
     .preset = "0",
     .unit = "bytes",
     .group = Group::kSpool,
     .help =
         "The most it may take; full: the oldest rows are dropped. 0: 1 GiB or 5 % of the disk, the smaller. A tenth "
         "of the disk is left free in any case."},
    {.flag = "spoolAge",
     .env = "XTCP2_SPOOL_AGE",
     .field = "spool_age",
     .number = 9242,
     .member = &Config::spool_age,
     .preset = "0s",
     .accept = Within(Duration(0), kForever),
     .group = Group::kSpool,
     .help = "Rows that have waited longer are dropped; 0: never."},
    {.flag = "spoolSync",
     .env = "XTCP2_SPOOL_SYNC",
     .field = "spool_sync",
     .number = 9243,
     .member = &Config::spool_sync,
     .preset = "segment",
     .accept = {.words = SpoolSyncWords},
     .group = Group::kSpool,
     .help = "When it is forced to the disk, for a power cut (a crash of the program alone loses nothing that was "
             "written): segment: every 10s and every 16 MiB; batch: each batch."},
};

}  // namespace

std::span<const Option> SpoolRows() { return kRows; }

}  // namespace xtcp2::config
