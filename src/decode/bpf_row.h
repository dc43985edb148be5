// From a row of our BPF programs to a Socket, as Locate does it for a netlink answer.
#pragma once

#include "abi/bpf_row.h"
#include "decode/locate.h"

namespace xtcp2::decode {

// Fills `socket` from `row`, which it borrows. At least kReadSlack bytes must be readable behind the row.
// row.record_counter and row.observed_delay_us are the caller's. Nothing is checked: rows come from our own programs.
void LocateRow(const xtcp2_bpf_row& row, const LocateOptions& options, schema::Socket& socket);

// The same for an event of the ledger: the row of the connection's last state with what the ledger knows of it.
void LocateEvent(const xtcp2_ledger_event& event, const LocateOptions& options, schema::Socket& socket);

}  // namespace xtcp2::decode
