// Allowed words and checks of single values that the option table names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace xtcp2::config {

std::span<const std::string_view> FormatWords();
std::span<const std::string_view> NetnsWords();
std::span<const std::string_view> FamilyWords();
std::span<const std::string_view> CollectorWords();
std::span<const std::string_view> AuditActionWords();
std::span<const std::string_view> LedgerWords();
std::span<const std::string_view> SpoolSyncWords();
std::span<const std::string_view> CompressionWords();
std::span<const std::string_view> KafkaCompressionWords();
std::span<const std::string_view> KafkaKeyWords();
std::span<const std::string_view> KafkaSaslWords();
std::span<const std::string_view> ProfileWords();

// What is wrong with the text, as in "has no port"; "" when nothing is.
std::string ListenProblem(std::string_view text);  // host:port
std::string PathProblem(std::string_view text);    // of the metrics
std::string HeaderProblem(std::string_view text);  // one HTTP header
std::string KafkaPropertyProblem(std::string_view text);
std::string FilterProblem(std::string_view text);
std::string NetnsPatternProblem(std::string_view text);
std::string SampleProblem(std::string_view text);
std::string CpuListProblem(std::string_view text);
std::string NiceProblem(std::string_view text);

}  // namespace xtcp2::config
