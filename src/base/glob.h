// Glob patterns of KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET.
#pragma once

#include <string_view>

namespace gyre::base {

// '*' any bytes, '?' one byte, [abc] [a-z] [^x] classes, '\' takes the next byte literally; the
// rest stands for itself. As in Redis, a class may lack its ']' (it then ends with the pattern),
// range bounds may be swapped, and the empty text matches the empty pattern only: not even "*".
// `ignore_case` folds ASCII letters, except one escaped inside a class.
// Costs at most pattern size times text size, whatever the number of stars.
bool glob_match(std::string_view pattern, std::string_view text, bool ignore_case = false);

}  // namespace gyre::base
