// Two small rules about words of a configuration that base/text.h does not have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gyre::server {

// Splits at every single space, so two of them enclose an empty word; no words in an empty line.
// CONFIG SET treats the values of lists so.
std::vector<std::string> split_spaces(std::string_view line);

// The word as it is where base::split_args would give it back, else in double quotes.
std::string quoted_if_needed(std::string_view word);

}  // namespace gyre::server
