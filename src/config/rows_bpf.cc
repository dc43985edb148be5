// Rows: the walk in BPF, its checks, and the ledger of connections.
#include "config/checks.h"
#include "config/rows.h"

namespace xtcp2::config {
namespace {

constinit const Option kRows[] = {
    {.flag = "collector",
     .env = "XTCP2_COLLECTOR",
     .field = "collector",
     .number = 9032,
     .member = &Config::collector,
     .preset = "auto",
     .accept = {.words = CollectorWords},
     .group = Group::kBpf,
     .help = "bpf: one walk of the kernel's tables for all namespaces (Linux 5.17, BTF, CAP_BPF and CAP_PERFMON); "
             "netlink: a dump in "
             "each namespace; auto: bpf where it works here, else netlink and a line in the log that says why."},
    {.flag = "walkRows",
     .env = "XTCP2_WALK_ROWS",
     .field = "walk_rows",
     .number = 9033,
     .member = &Config::walk_rows,
     .preset = "256",
     .accept = Between(128, 512),
     .unit = "rows",
     .group = Group::kBpf,
     .traits = kAdvanced,
     .help = "With bpf: sockets read by one call, in which the processor serves nobody else."},
    {.flag = "audit",
     .env = "XTCP2_AUDIT",
     .field = "audit",
     .number = 9034,
     .member = &Config::audit,
     .preset = "16",
     .accept = AtMost(4096),
     .unit = "sockets a poll",
     .group = Group::kBpf,
     .help =
         "With bpf: sockets, chosen at random, that are read again by netlink in each poll and compared, where their "
         "namespace can be entered; 0: none."},
    {.flag = "auditAction",
     .env = "XTCP2_AUDIT_ACTION",
     .field = "audit_action",
     .number = 9035,
     .member = &Config::audit_action,
     .preset = "fallback",
     .accept = {.words = AuditActionWords},
     .group = Group::kBpf,
     .help =
         "When the two disagree: fallback: go on by netlink (with -collector bpf: as log); log: count it and go on; "
         "exit: end with an error."},
    {.flag = "ledger",
     .env = "XTCP2_LEDGER",
     .field = "ledger",
     .number = 9036,
     .member = &Config::ledger,
     .preset = "auto",
     .accept = {.words = LedgerWords},
     .group = Group::kBpf,
     .help = "counts: count connections as they open and close, also those between two polls; rows: and give each a "
             "last row "
             "when it closes; off; auto: counts with bpf, else off."},
    {.flag = "ledgerRing",
     .env = "XTCP2_LEDGER_RING",
     .field = "ledger_ring_bytes",
     .number = 9037,
     .member = &Config::ledger_ring_bytes,
     .preset = "8388608",
     .accept = {.min = 65536, .max = 1073741824},
     .unit = "bytes",
     .group = Group::kBpf,
     .help = "With -ledger rows: room for rows that wait to be read, 584 bytes each; made a power of two."},
    {.flag = "ledgerOpen",
     .env = "XTCP2_LEDGER_OPEN",
     .field = "ledger_open",
     .number = 9038,
     .member = &Config::ledger_open,
     .preset = "false",
     .group = Group::kBpf,
     .help = "With -ledger rows: a row when a connection opens, too."},
    {.flag = "user",
     .env = "XTCP2_USER",
     .field = "user",
     .number = 9039,
     .member = &Config::user,
     .accept = AtMost(128),
     .group = Group::kProcess,
     .help = "USER or USER:GROUP, names or numbers, to become once everything is opened; every capability is given up "
             "then, so "
             "-collector bpf goes on for all namespaces and netlink for its own only."},
};

}  // namespace

std::span<const Option> BpfRows() { return kRows; }

}  // namespace xtcp2::config
