// Checks of what this process controls: always-on asserts, debug-only asserts, unreachable marks.
#pragma once

namespace gyre::base {

// Prints the failed condition with its place on standard error and aborts.
[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace gyre::base

// Stays on in every build. For conditions that cost a compare and whose failure means corrupt
// state.
#define GYRE_ASSERT(condition)        \
  (__builtin_expect(!!(condition), 1) \
       ? static_cast<void>(0)         \
       : ::gyre::base::assert_failed(#condition, __FILE__, __LINE__))

#define GYRE_UNREACHABLE() ::gyre::base::assert_failed("unreachable", __FILE__, __LINE__)

// On in debug and sanitizer builds only, for checks that cost more than a compare.
#if defined(GYRE_SANITIZED) || !defined(__OPTIMIZE__)
#define GYRE_DCHECK(condition) GYRE_ASSERT(condition)
#else
#define GYRE_DCHECK(condition) static_cast<void>(0)
#endif
