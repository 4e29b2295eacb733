// The sequential meaning of each operation on a key.
#include "register_history.h"

#include <fmt/core.h>

namespace gyre::consistency {

namespace {

// What the operation answers in `state`, and the state it leaves.
int64_t run(const Operation& operation, int64_t& state) {
  const int64_t old = state;
  switch (operation.verb) {
    case Verb::set:
      state = operation.argument;
      return operation.result;
    case Verb::get:
      return old;
    case Verb::increment:
      state = (old == kAbsent ? 0 : old) + operation.argument;
      return state;
    case Verb::swap_if:
      if (old != operation.expected || old == kAbsent) return 0;
      state = operation.argument;
      return 1;
    case Verb::get_and_set:
      state = operation.argument;
      return old;
    case Verb::set_if_new:
      if (old != kAbsent) return 0;
      state = operation.argument;
      return 1;
    case Verb::take:
      state = kAbsent;
      return old;
    case Verb::erase:
      state = kAbsent;
      return old != kAbsent ? 1 : 0;
  }
  return 0;
}

std::string words(const Operation& operation) {
  const int64_t argument = operation.argument;
  switch (operation.verb) {
    case Verb::set:
      return fmt::format("SET {}", argument);
    case Verb::get:
      return "GET";
    case Verb::increment:
      return fmt::format("INCRBY {}", argument);
    case Verb::swap_if:
      return fmt::format("SET {} IFEQ {}", argument, describe_state(operation.expected));
    case Verb::get_and_set:
      return fmt::format("GETSET {}", argument);
    case Verb::set_if_new:
      return fmt::format("SETNX {}", argument);
    case Verb::take:
      return "GETDEL";
    case Verb::erase:
      return "DEL";
  }
  return "";
}

}  // namespace

bool Operation::apply(int64_t& state) const {
  int64_t after = state;
  const int64_t answer = run(*this, after);
  if (is_answered() && answer != result) return false;
  state = after;
  return true;
}

bool Operation::is_observer() const {
  if (verb == Verb::get) return true;
  if (!is_answered()) return false;
  if (verb == Verb::take) return result == kAbsent;
  return (verb == Verb::swap_if || verb == Verb::set_if_new || verb == Verb::erase) && result == 0;
}

std::string Operation::describe(int64_t epoch) const {
  const auto ms = [epoch](int64_t at) { return static_cast<double>(at - epoch) / 1e6; };
  std::string text =
      fmt::format("connection {} at {:.3f} ms: {}", connection, ms(call), words(*this));
  if (!is_answered()) return text + " (never answered)";
  if (verb == Verb::set) return text + fmt::format(" -> OK at {:.3f} ms", ms(back));
  return text + fmt::format(" -> {} at {:.3f} ms", describe_state(result), ms(back));
}

std::string describe_state(int64_t state) {
  return state == kAbsent ? "nil" : fmt::format("{}", state);
}

}  // namespace gyre::consistency
