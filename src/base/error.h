// Errors as values: one word that names the text a client reads, and Result/Status around it.
#pragma once

#include <string_view>

#include <tl/expected.hpp>

namespace gyre {

// The text of an error reply without the leading '-' and without line ends: "ERR syntax error".
// Does not own it: constants live in the program, formatted details in the arena of the request.
class Error {
 public:
  constexpr explicit Error(const char* text) : text_(text) {}
  constexpr std::string_view text() const { return text_; }

 private:
  const char* text_;  // NUL-terminated
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// Returns the error of a failed expression from the enclosing plain (not coroutine) function.
#define GYRE_TRY(expression)                          \
  do {                                                \
    auto gyre_try_result = (expression);              \
    if (!gyre_try_result) [[unlikely]] {              \
      return tl::unexpected(gyre_try_result.error()); \
    }                                                 \
  } while (false)

// Declares `name` with the value of the expression, or returns its error.
#define GYRE_TRY_LET(name, expression)            \
  auto name##_result = (expression);              \
  if (!name##_result) [[unlikely]] {              \
    return tl::unexpected(name##_result.error()); \
  }                                               \
  auto name = *name##_result

inline tl::unexpected<Error> fail(const char* text) { return tl::unexpected(Error{text}); }
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected(error); }

}  // namespace gyre
