// The history of one key that holds a whole number or nothing, and what each operation means.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "clock.h"

namespace gyre::consistency {

// The state of a key that does not exist; as a result, the answer nil.
inline constexpr int64_t kAbsent = std::numeric_limits<int64_t>::min();

enum class Verb : uint8_t {
  set,          // SET k argument                   -> OK, result not looked at
  get,          // GET k                            -> result
  increment,    // INCRBY k argument                -> result
  swap_if,      // SET k argument IFEQ expected     -> result 1 (OK) or 0 (nil)
  get_and_set,  // GETSET k argument               -> result (old value)
  set_if_new,   // SETNX k argument                 -> result 1 or 0
  take,         // GETDEL k                         -> result (old value)
  erase,        // DEL k                            -> result 1 or 0
};

// One operation: invoked at `call`, answered at `back`; kNever if its client died before. Those of
// one connection on one key take effect in the order in which they were sent.
struct Operation {
  int64_t call = 0;
  int64_t back = kNever;
  int64_t argument = 0;
  int64_t expected = 0;
  int64_t result = 0;
  uint32_t key = 0;
  uint32_t connection = 0;
  Verb verb = Verb::get;

  bool is_answered() const { return back != kNever; }
  // Whether the operation can take effect in `state` with the answer it got, or with any answer if
  // it got none. If so, `state` becomes what it leaves.
  bool apply(int64_t& state) const;
  // Whether an operation with this answer changes nothing, whatever the key held.
  bool is_observer() const;
  // Times are told in milliseconds since `epoch`.
  std::string describe(int64_t epoch = 0) const;
};

std::string describe_state(int64_t state);

}  // namespace gyre::consistency
