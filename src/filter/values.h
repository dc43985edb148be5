// The values that stand in a filter, from text: states, hosts, ports, marks, devices, control groups. Each function
// reads one word as ss does (iproute2's ss.c), or says in an Error what is allowed in its place. Pure but for what
// Names looks up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "filter/names.h"
#include "filter/node.h"

namespace xtcp2::filter {

// "established", "connected", ...: bits of kEveryState. Letters of either case.
Result<uint32_t> ParseStates(std::string_view text);
// The words that make `states`, by ParseStates and ParseStates' names: "state established state listening".
std::string PrintStates(uint32_t states);

// ":443", "443", ":https", "*", ":*" (any): low and high of a Condition.
struct Ports {
  uint16_t low = 0, high = 0xffff;
};
Result<Ports> ParsePort(std::string_view text, const Names& names);

// "10/8", "127.0.0.1:22", "[fd77::/64]:443", "fe80::/10", "*:22", ":22", "any": a kHost condition.
Result<Condition> ParseHost(std::string_view text, const Names& names);
std::string PrintHost(const Condition& host);

// "eth0", or an index. A name stays unresolved: value is kNoDevice.
Result<Condition> ParseDevice(std::string_view text);
// "0x10", "0x10/0xff".
Result<Condition> ParseMark(std::string_view text);
// "/system.slice", or an id.
Result<Condition> ParseCgroup(std::string_view text, const Names& names);

}  // namespace xtcp2::filter
