#include "bench/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <variant>

#include "bench/collectors.h"
#include "config/help.h"
#include "config/parse.h"
#include "config/text.h"
#include "encode/format.h"

namespace xtcp2::bench {
namespace {

using Member = std::variant<uint64_t BenchOptions::*, double BenchOptions::*, bool BenchOptions::*,
                            std::string BenchOptions::*, std::vector<std::string> BenchOptions::*>;
using Words = std::vector<std::string_view> (*)();

struct Row {
  std::string_view flag;
  Member member;
  std::string_view preset;
  uint64_t min = 0, max = 0;  // of numbers
  Words words = nullptr;      // of lists and texts; null: any text
  std::string_view help;
};

std::vector<std::string_view> FamilyWords() { return {"4", "6", "mapped", "both"}; }
std::vector<std::string_view> DestWords() { return {"null", "file"}; }
std::vector<std::string_view> FormatWords() { return {encode::FormatNames().begin(), encode::FormatNames().end()}; }

const Row kRows[] = {
    {"sockets", &BenchOptions::sockets, "10000", 2, 10'000'000, nullptr,
     "Sockets of the load, both ends of a connection counted, listeners too."},
    {"namespaces", &BenchOptions::namespaces, "1", 1, 100'000, nullptr,
     "Network namespaces that have them, in equal shares."},
    {"empty", &BenchOptions::empty, "0", 0, 100'000, nullptr, "Network namespaces without sockets beside them."},
    {"families", &BenchOptions::families, "4", 0, 0, FamilyWords,
     "4, 6, mapped (IPv4 in IPv6 sockets), in equal shares; both is 4,6."},
    {"active", &BenchOptions::active_pct, "0", 0, 100, nullptr,
     "Percentage of the connections that carry a message and its answer each second."},
    {"churn", &BenchOptions::churn, "0", 0, 100'000, nullptr,
     "Connections that are opened each second, to be closed a second later; they come on top of -sockets."},
    {"collectors", &BenchOptions::collectors, "netlink,bpf", 0, 0, CollectorNames,
     "Ways to collect, one after the other; what cannot be had here is named and left out."},
    {"formats", &BenchOptions::formats, "protobufList", 0, 0, FormatWords, "Output formats, each with each collector."},
    {"rounds", &BenchOptions::rounds, "1", 1, 1000, nullptr,
     "How often all that is measured, by turns; the medians are compared."},
    {"polls", &BenchOptions::polls, "5", 1, 1'000'000, nullptr,
     "Polls to be measured at the least, after two to warm up."},
    {"seconds", &BenchOptions::seconds, "10", 0, 3600, nullptr,
     "CPU time to be measured at the least; user and system time are told apart by ticks, so short runs are coarse."},
    {"dest", &BenchOptions::dest, "null", 0, 0, DestWords, "Where rows go: null, or a file in memory."},
    {"windows", &BenchOptions::windows, "5", 0, 1000, nullptr,
     "Pairs of windows, without polls and with, for the latency of an echo beside them; 0: none."},
    {"windowSeconds", &BenchOptions::window_s, "2", 0, 600, nullptr, "Length of one window."},
    {"json", &BenchOptions::json, "false", 0, 0, nullptr, "Print JSON."},
    {"against", &BenchOptions::against, "", 0, 0, nullptr,
     "A shell command to run on the same sockets in turn with ours; {out} stands for a file that it may write."},
    {"pairs", &BenchOptions::pairs, "3", 3, 1000, nullptr, "Runs of each of the two."},
    {"againstPolls", &BenchOptions::against_polls, "1", 1, 100'000, nullptr,
     "How often one run of the command reads all sockets; ours does it as often."},
};

std::string WordList(Words words) {
  std::string out;
  for (const std::string_view word : words()) out += fmt::format("{}{}", out.empty() ? "" : ", ", word);
  return out;
}

std::string Allowed(const Row& row) {
  if (std::holds_alternative<uint64_t BenchOptions::*>(row.member))
    return fmt::format("a whole number from {} to {}", row.min, row.max);
  if (std::holds_alternative<double BenchOptions::*>(row.member))
    return fmt::format("a number from {} to {}", row.min, row.max);
  if (std::holds_alternative<bool BenchOptions::*>(row.member)) return "true or false";
  if (std::holds_alternative<std::string BenchOptions::*>(row.member)) return "one of " + WordList(row.words);
  return "any of " + WordList(row.words) + ", separated by commas";
}

template <class Number>
bool ParseNumber(const Row& row, std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= static_cast<Number>(row.min) &&
         value <= static_cast<Number>(row.max);
}

bool IsWord(const Row& row, std::string_view text) {
  const std::vector<std::string_view> words = row.words();
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Each word once, in the order given.
bool SetList(const Row& row, std::string_view text, std::vector<std::string>& list) {
  list.clear();
  for (const std::string& word : config::SplitList(text, ',')) {
    if (!IsWord(row, word)) return false;
    if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
  }
  return !list.empty();
}

bool Set(const Row& row, std::string_view text, BenchOptions& options) {
  if (const auto* member = std::get_if<uint64_t BenchOptions::*>(&row.member))
    return ParseNumber(row, text, options.**member);
  if (const auto* member = std::get_if<double BenchOptions::*>(&row.member))
    return ParseNumber(row, text, options.**member) && std::isfinite(options.**member);
  if (const auto* member = std::get_if<bool BenchOptions::*>(&row.member)) {
    options.** member = text == "true";
    return text == "true" || text == "false";
  }
  if (const auto* member = std::get_if<std::vector<std::string> BenchOptions::*>(&row.member))
    return SetList(row, text, options.**member);
  options.*std::get<std::string BenchOptions::*>(row.member) = text;
  return row.words == nullptr || IsWord(row, text);
}

std::vector<config::OwnFlag> OwnFlags() {
  std::vector<config::OwnFlag> out;
  for (const Row& row : kRows) {
    std::string help(row.help);
    if (row.words != nullptr && row.words != FamilyWords) help += " (" + WordList(row.words) + ")";
    if (!row.preset.empty() && row.preset != "false") help += fmt::format(" (default {})", row.preset);
    out.push_back({std::string(row.flag), std::holds_alternative<bool BenchOptions::*>(row.member), help});
  }
  return out;
}

void CheckTogether(ParsedOptions& parsed) {
  BenchOptions& options = parsed.options;
  std::vector<std::string> families;
  for (const std::string& family : options.families) {
    if (family == "both")
      families.insert(families.end(), {"4", "6"});
    else
      families.push_back(family);
  }
  std::sort(families.begin(), families.end());
  families.erase(std::unique(families.begin(), families.end()), families.end());
  options.families = std::move(families);
  if (options.sockets < options.namespaces * options.families.size())
    parsed.errors.push_back(fmt::format(
        "-sockets {}: too few for a socket of each of {} famil{} in each of {} namespace{} (-families, -namespaces)",
        options.sockets, options.families.size(), options.families.size() == 1 ? "y" : "ies", options.namespaces,
        options.namespaces == 1 ? "" : "s"));
  if (options.windows != 0 && options.window_s < 0.05)
    parsed.errors.push_back(fmt::format("-windowSeconds {}: at least 0.05, or -windows 0", options.window_s));
}

}  // namespace

ParsedOptions ParseOptions(const std::vector<std::string>& args) {
  const auto dashes = std::find(args.begin(), args.end(), "--");
  ParsedOptions out;
  for (const Row& row : kRows)
    if (!row.preset.empty()) Set(row, row.preset, out.options);
  const config::Parsed parsed = config::ParseSubset({}, OwnFlags(), {args.begin(), dashes});
  out.help = parsed.mode == config::Mode::kHelp;
  out.errors = parsed.errors;
  for (const std::string& word : parsed.positional)
    out.errors.push_back(fmt::format("{} is no flag; flags for the daemon follow behind --", config::InQuotes(word)));
  for (const auto& [name, text] : parsed.own_flags) {
    const Row& row = *std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.flag == name; });
    if (!Set(row, text, out.options))
      out.errors.push_back(
          fmt::format("-{} {}: not allowed; allowed is {}", name, config::InQuotes(text), Allowed(row)));
  }
  if (dashes != args.end()) out.options.daemon_flags.assign(dashes + 1, args.end());
  if (out.errors.empty()) CheckTogether(out);
  return out;
}

std::string HelpText() {
  return "usage: xtcp2 bench [flags] [-- flags of the daemon]\n"
         "Makes sockets in network namespaces of its own, lets the daemon read them, and prints what it cost: CPU "
         "time\n"
         "for each socket, time and memory of a poll, and what others notice of it. Needs root. Nothing of it is left\n"
         "behind, and the host's own sockets are not touched.\n\n" +
         config::SubsetHelp({}, OwnFlags());
}

}  // namespace xtcp2::bench
