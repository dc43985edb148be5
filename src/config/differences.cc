#include "config/differences.h"

#include <fmt/format.h>

#include "config/deserializers.h"
#include "config/destinations.h"

namespace xtcp2::config {
namespace {

bool Always(const Parsed&) { return true; }

bool DestinationIs(const Parsed& parsed, std::initializer_list<std::string_view> schemes) {
  for (const std::string_view scheme : schemes)
    for (const std::string& dest : DestinationsOf(parsed.config.dest))
      if (dest.starts_with(scheme)) return true;
  return false;
}

bool FormatIs(const Parsed& parsed, std::initializer_list<std::string_view> formats) {
  for (const std::string_view format : formats)
    if (parsed.config.marshal == format) return true;
  return false;
}

constexpr Difference kDifferences[] = {
    // What is collected.
    {"IPv6", "asks for IPv4 sockets only", "reads IPv6 and IPv4-mapped sockets too, so there are more rows", "",
     Always},
    {"completeness of a poll",
     "drops every row behind a full batch until the next poll, and shows wrong addresses where a reader "
     "had more than one datagram",
     "opens the next batch at once and copies what it keeps, so there are more rows, and right ones", "", Always},
    {"namespaces",
     "looks at process leaders, looks for bind-mount directories at start only, gives up a namespace that it could not "
     "enter, and then reports its own sockets under that name",
     "also finds namespaces held by threads, looks for the directories each time, tries again, and never mixes "
     "namespaces up",
     "", Always},
    {"time of a record",
     "`timestamp_ns` is the time of a namespace's request, and `record_counter` starts again with each datagram",
     "`timestamp_ns` is the start of the poll in all its rows, and `record_counter` numbers them without repetition",
     "", Always},
    {"congestion algorithm", "leaves `congestion_algorithm_string` empty", "always fills it", "", Always},
    {"sampling", "`-modulus` does not sample: every socket is sent",
     "`-modulus N` is `-sample 1/N`: one connection in N, for its whole life, with N in each row", "`-modulus` above 1",
     [](const Parsed& p) { return p.config.modulus > 1; }},
    {"deserializers", "`default` and `all` have 12 and 13 keys",
     "`default` and `all` also have `mark`, `v6only` and `ulp`; blanks and the word `none` are allowed",
     "`-deserializers` with one of those "
     "keys, as the default has",
     [](const Parsed& p) {
       for (const DeserializerKey& key : DeserializerKeys())
         if (!key.in_go && p.config.deserializers.Has(key.attribute)) return true;
       return false;
     }},
    {"record epoch", "writes the record of epoch 1",
     "writes epoch 2 (renamed fields, the cgroup id at 2003, more fields); "
     "`-recordEpoch 1` gives the old one",
     "`-recordEpoch 2`, the default", [](const Parsed& p) { return p.config.record_epoch == 2; }},

    // The poll loop.
    {"end after polls", "`-maxLoops` counts wake-ups of the loop", "`-maxLoops` counts polls", "`-maxLoops` above 0",
     [](const Parsed& p) { return p.config.max_loops > 0; }},
    {"poll timeout", "closes a poll at `-timeout`, whatever is missing, and counts a timeout after complete polls too",
     "gives up what says nothing for `-timeout`, and begins nothing later than that after its start; what was left out "
     "makes the poll partial and comes first in the next one; a poll that takes longer than `-frequency` skips ticks "
     "and says so",
     "", Always},
    {"sequence numbers", "`-nlmsgSeq` grows with wake-ups of the loop and is the same for all namespaces",
     "`-nlmsgSeq` is the first number; every request has its own, and answers are matched by it",
     "`-nlmsgSeq` other than 666", [](const Parsed& p) { return p.config.nlmsg_seq != 666; }},
    {"readers", "starts `-netlinkers` readers for each namespace",
     "shares `-goMaxProcs` reader threads between all namespaces; `-netlinkers` "
     "bounds how many may serve one of them",
     "", Always},
    {"processors", "`-goMaxProcs` sets Go's scheduler",
     "`-goMaxProcs` is the number of reader threads, bounded by cores, cgroup quota and "
     "cpuset",
     "", Always},
    {"thread ceiling", "dies when it has more than `-maxThreads` threads",
     "threads do not grow with namespaces; there are fewer readers where `-maxThreads` asks for that", "", Always},

    // Output.
    {"format by default", "writes protobufList",
     "without `-marshal`, standard output gets `table` on a terminal; without `-dest` too, "
     "`jsonl` in a pipe",
     "`-dest stdout` without `-marshal`",
     [](const Parsed& p) { return p.config.dest == "stdout" && !p.IsGiven("marshal"); }},
    {"destination by default", "depends on how it was built", "is always `stdout`", "no `-dest`",
     [](const Parsed& p) { return !p.IsGiven("dest"); }},
    {"size of a batch", "measures `-envelopeFlushBytes` in protobuf bytes for every format",
     "measures it in the bytes of the chosen format", "any `-marshal` but protobufList",
     [](const Parsed& p) { return p.config.marshal != "protobufList"; }},
    {"csv header", "writes the header once per process", "writes it at the start of every file, connection and message",
     "`-marshal csv` or "
     "`tsv`",
     [](const Parsed& p) { return FormatIs(p, {"csv", "tsv"}); }},
    {"bytes that are not UTF-8", "loses the whole batch", "writes U+FFFD for them",
     "`-marshal protoJson`, `jsonl`, `humanize` or `protoText`",
     [](const Parsed& p) { return FormatIs(p, {"protoJson", "jsonl", "humanize", "protoText"}); }},
    {"lost connections",
     "sends into a broken connection until it is started again, and waits for a stuck peer for ever",
     "connects again with growing pauses, begins with a whole frame, and gives a peer `-destWriteTimeout`",
     "`-dest tcp:`, `unix:`", [](const Parsed& p) { return DestinationIs(p, {"tcp:", "unix:"}); }},
    {"size of datagrams", "loses a batch that is larger than a datagram", "splits it between rows",
     "`-dest udp:`, `unixgram:`", [](const Parsed& p) { return DestinationIs(p, {"udp:", "unixgram:"}); }},
    {"files", "never opens the file anew", "opens it anew on SIGHUP; can rotate by size and age", "`-dest file:`",
     [](const Parsed& p) { return DestinationIs(p, {"file:"}); }},
    {"a slow destination", "stops polling, or loses rows without counting them",
     "has a queue of `-destQueueBytes`: a full one makes polls wait for files and standard output, and loses the "
     "oldest batches of a network "
     "destination, counted",
     "", Always},
    {"saved datagrams", "writes one raw file for each", "writes pcapng; `xtcp2 replay` reads both",
     "`-writeFiles` above 0", [](const Parsed& p) { return p.config.write_files > 0; }},
    {"idle option", "never reads `-destWriteFiles`, but lists it", "accepts it and says that nothing reads it",
     "`-destWriteFiles`",
     [](const Parsed& p) { return p.IsGiven("destWriteFiles") && !p.OriginOf("destWriteFiles").absent; }},

    // The process.
    {"log", "logs every poll, datagram and reader event at 111",
     "`-d` 1 to 10 logs errors and warnings, to 111 information (one summary a "
     "minute), to 999 debugging, 1000 everything",
     "", Always},
    {"metrics", "has names of its own making and counts on labels",
     "has names by Prometheus conventions with the prefix `xtcp2_`", "", Always},
    {"gRPC", "listens on `-grpcPort` of all addresses", "listens on no gRPC port in this version", "", Always},
    {"capabilities", "demands CAP_NET_ADMIN and CAP_SYS_ADMIN and keeps all it has",
     "demands what the settings need, with the reason, and drops the rest; own-namespace operation needs none", "",
     Always},

    // Configuration.
    {"an empty environment variable", "replaces a text by nothing", "counts as unset",
     "an environment variable that is set to nothing", [](const Parsed& p) { return !p.empty_environment.empty(); }},
    {"Kubernetes service variables", "reads `GRPC_PORT=tcp://...` as a port, and ignores it without a message",
     "ignores it with a warning", "", nullptr},
    {"values that cannot be parsed",
     "ignores them in the environment; ignores unknown deserializers and words between flags",
     "refuses them and says where they came from and what is allowed; exit code 2", "", nullptr},
    {"numbers", "reads 010 and 0x10 as octal and hexadecimal in flags, and as decimal or not at all in the environment",
     "reads decimal digits only", "", nullptr},
    {"options without their feature", "ignores some options where the feature is not compiled in",
     "refuses a value other than the default, "
     "by name",
     "", nullptr},
    {"`-conf`", "prints before it checks", "prints where each value comes from, without secrets", "", nullptr},
    {"PYROSCOPE_* and AWS_*", "documents these variables, and does not read them", "does not read them either", "",
     nullptr},
};

}  // namespace

std::span<const Difference> Differences() { return kDifferences; }

std::vector<std::string> DifferencesMet(const Parsed& parsed) {
  std::vector<std::string> out;
  for (const Difference& difference : kDifferences)
    if (difference.met != nullptr && difference.met(parsed))
      out.push_back(fmt::format("{}: {} (the Go program {})", difference.subject, difference.here, difference.go));
  return out;
}

std::string GenerateMigratingMarkdown() {
  std::string out = R"(# Coming from the Go program

Flags, environment variables and `XTCP_CONFIG_JSON` are those of the Go program `xtcp2`, with its defaults and its precedence: defaults,
flags, environment, JSON. New are a configuration file (`-config FILE`, weaker than flags; keys are flag names) and the options whose
configuration fields are numbered from 9000 ([flags.md](flags.md)).

`xtcp2 -configCheck` with your flags and environment says whether they are valid here, and which of the differences below they meet.

This page is generated from `src/config/differences.cc`; a test compares.

| subject | the Go program | this program | met by |
|---|---|---|---|
)";
  for (const Difference& difference : kDifferences) {
    const std::string_view when = difference.met == nullptr ? "such input"
                                  : difference.when.empty() ? "all settings"
                                                            : difference.when;
    out += fmt::format("| {} | {} | {} | {} |\n", difference.subject, difference.go, difference.here, when);
  }
  return out;
}

}  // namespace xtcp2::config
