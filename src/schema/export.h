// The record's table written out for others: the .proto, ClickHouse DDL, a reference page, and the plain table as JSON
// and CSV. What `xtcp2 schema` prints. The committed proto/xtcp_flat_record/v1/xtcp_flat_record.proto and
// docs/record.md are exactly these texts; tests compare. Pure functions of the table; nothing here is on the data path.
#pragma once

#include <string>

#include "schema/field.h"

namespace xtcp2::schema {

// proto3 source of package xtcp_flat_record.v1: the Envelope, the record in this epoch, and the service. Ends with a
// newline.
std::string ExportProto(Epoch epoch);

// One JSON object {"fields": [...], "enums": [...]}; every field of both epochs with numbers, names, type, place and
// unit.
std::string ExportJson();

// The fields of both epochs, one a line behind a header line; RFC 4180 quoting, lines end in \n.
std::string ExportCsv();

// The reference page docs/record.md: every field of both epochs in sections, the enums, the TCP states, the parts.
std::string ExportMarkdown();

// ClickHouse statements that build the tables for rows of this epoch: the store, the Kafka reader, the view between
// them, the table for messages that do not parse, and the Merge table that queries name. Safe to run again; drops
// nothing that holds rows.
std::string ExportClickhouse(Epoch epoch);

}  // namespace xtcp2::schema
