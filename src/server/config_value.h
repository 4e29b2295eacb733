// Reads and prints the value of one parameter, in the words that CONFIG and redis.conf use.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/config_rows.h"

namespace gyre::server {

// Sets the field of the row, or leaves the config as it was and returns the text that Redis
// gives for such a value. Rows other than lists take exactly one word.
Checked<void> set_value(Config& config, const Row& row, std::span<const std::string> words,
                        bool append = false);

// As CONFIG GET prints it.
std::string value_text(const Config& config, const Row& row);

// As set_value() takes it; may be none.
Words value_words(const Config& config, const Row& row);

// What a human may write for this row, for messages: "an integer between 0 and 65535".
std::string expected_text(const Row& row);

// True if two configs have the same value for the row.
bool same_value(const Config& a, const Config& b, const Row& row);

// Brings values into the ranges that Redis silently applies (hz), and makes dir absolute.
// Every load and every CONFIG SET ends with it.
void normalize(Config& config);

// What log::start() is to be given, with the facility as <syslog.h> numbers it.
log::Options log_options(const Config& config);

}  // namespace gyre::server
