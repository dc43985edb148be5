// What the facts mean: a line for each prerequisite, and what follows from all of them. Pure functions over Facts.
//
// A check looks at one prerequisite alone. One that is taken away changes its own line and no other; where a line
// cannot be known without another it says kUnknown and names that one. What several of them decide together is an
// outcome.
#pragma once

#include <string>
#include <vector>

#include "doctor/facts.h"

namespace xtcp2::doctor {

enum class State : uint8_t {
  kOk,
  kMissing,
  kUnknown,    // cannot be seen because of what `found` names
  kNotWanted,  // missing, and nothing that is on by default wants it
};
const char* StateName(State state);  // "ok", "missing", "unknown", "not_wanted"

struct Check {
  std::string name;  // "group.what", stable
  State state = State::kOk;
  std::string found = {};
  std::string gives = {};   // what there is with it
  std::string remedy = {};  // how to get it; empty when it is ok
};

struct Outcome {
  std::string name;  // stable
  bool yes = false;
  std::string text = {};
};

enum class Collector : uint8_t { kNone, kBpf, kNetlink };
enum class Reach : uint8_t { kNothing, kOwnNamespace, kAllNamespaces };

struct Report {
  std::string version, kernel;  // xtcp2's and the kernel's
  std::vector<Check> checks;    // of a group one after the other
  std::vector<Outcome> outcomes;
  Collector collector = Collector::kNone;  // that -collector auto takes
  Reach reach = Reach::kNothing;           // of it
  std::string reason;                      // why it is that one, in one line
  bool CanPoll() const { return reach != Reach::kNothing; }
};

Report Judge(const Facts& facts, std::string version);

// For people, a line for each.
std::string Text(const Report& report);
// The same for programs, in one line; docs/doctor.md has its members.
std::string Json(const Report& report);

// The parts of Judge().
std::vector<Check> CheckBpf(const BpfFacts& facts);
std::vector<Check> CheckNetlink(const Facts& facts);
std::vector<Check> CheckNamespaces(const NamespaceFacts& facts);
std::vector<Check> CheckHeld(CapabilitySet held);
std::vector<Check> CheckLimits(const LimitFacts& facts);
Check CheckLockedMemory(const LimitFacts& facts);
void Conclude(const Facts& facts, Report& report);

}  // namespace xtcp2::doctor
