#include "ring/faults.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/number.h"

namespace gyre::ring {
namespace {

constexpr int kCrashStatus = 86;  // which nothing else ends with
constexpr std::string_view kActions[] = {"eio", "enospc", "short", "crash", "tear"};
constexpr std::string_view kKinds[] = {"open",      "read",  "write",  "fsync",
                                       "fdatasync", "close", "rename", "unlink"};
enum class Action : uint8_t { eio, enospc, shorten, crash, tear };

struct Plan {
  Action action = Action::eio;
  std::string_view kind;  // empty: all
  uint64_t from = 0;
  uint64_t to = 0;
  std::string_view place;  // of a failpoint; empty: none
  std::atomic<uint64_t> count{0};
};
Plan plan;

std::string_view kind_of(const FileOp& op) { return kKinds[static_cast<size_t>(op.kind)]; }

void tell(std::string_view what, std::string_view where, uint64_t number) {
  std::fprintf(stderr, "fault: %.*s at %.*s, number %llu\n", static_cast<int>(what.size()),
               what.data(), static_cast<int>(where.size()), where.data(),
               static_cast<unsigned long long>(number));
}

[[noreturn]] void crash(std::string_view where, uint64_t number) {
  tell("crash", where, number);
  ::_exit(kCrashStatus);
}

// "7", "7-" or "7-9".
bool parse_range(std::string_view text) {
  const size_t dash = text.find('-');
  const auto from = base::parse_uint64(text.substr(0, dash));
  if (!from || *from == 0) {
    return false;
  }
  plan.from = plan.to = *from;
  if (dash == std::string_view::npos) {
    return true;
  }
  text.remove_prefix(dash + 1);
  const auto to = text.empty() ? UINT64_MAX : base::parse_uint64(text).value_or(0);
  plan.to = to;
  return to >= plan.from;
}

bool parse_place(std::string_view text) {
  const size_t mark = text.find('#');
  plan.place = text.substr(0, mark);
  plan.from = 1;
  if (mark != std::string_view::npos) {
    plan.from = base::parse_uint64(text.substr(mark + 1)).value_or(0);
  }
  plan.to = plan.from;
  return plan.action == Action::crash && !plan.place.empty() && plan.from > 0;
}

}  // namespace

std::string_view arm_faults() {
  constexpr std::string_view kWrong = "GYRE_FAULTS is not ACTION[:KIND]@FROM[-[TO]]";
  const char* const value = std::getenv("GYRE_FAULTS");
  if (value == nullptr || faults_are_armed.load(std::memory_order_relaxed)) {
    return "";
  }
  const std::string_view text = value;
  const size_t at = text.find('@');
  const std::string_view what = text.substr(0, at);
  const size_t colon = what.find(':');
  const auto* action = std::find(std::begin(kActions), std::end(kActions), what.substr(0, colon));
  if (at == std::string_view::npos || action == std::end(kActions)) {
    return kWrong;
  }
  plan.action = static_cast<Action>(action - std::begin(kActions));
  if (colon != std::string_view::npos) {
    plan.kind = what.substr(colon + 1);
    if (std::find(std::begin(kKinds), std::end(kKinds), plan.kind) == std::end(kKinds)) {
      return kWrong;
    }
  }
  const std::string_view where = text.substr(at + 1);
  const bool is_number = !where.empty() && where[0] >= '0' && where[0] <= '9';
  if (is_number ? !parse_range(where) : !parse_place(where)) {
    return kWrong;
  }
  faults_are_armed.store(true, std::memory_order_relaxed);
  return "";
}

int judge_fault(FileOp& op) {
  if (!op.may_fail || !plan.place.empty() || (!plan.kind.empty() && plan.kind != kind_of(op))) {
    return 0;
  }
  const uint64_t number = plan.count.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number < plan.from || number > plan.to) {
    return 0;
  }
  const bool has_bytes = op.kind == FileOp::Kind::read || op.kind == FileOp::Kind::write;
  const bool is_write = op.kind == FileOp::Kind::write;
  switch (plan.action) {
    case Action::crash:
      crash(kind_of(op), number);
    case Action::tear:
      if (is_write && ::pwrite(op.fd, op.data, op.size / 2, static_cast<off_t>(op.offset)) < 0) {
        tell("no tear", kind_of(op), number);
      }
      crash(kind_of(op), number);
    case Action::shorten:
      if (has_bytes && op.size > 1) {
        op.size /= 2;
      }
      tell("short", kind_of(op), number);
      return 0;
    case Action::eio:
    case Action::enospc:
      break;
  }
  tell(kActions[static_cast<size_t>(plan.action)], kind_of(op), number);
  if (op.kind == FileOp::Kind::close) {
    return 0;  // the descriptor would stay open, which no failure of the kernel does
  }
  return plan.action == Action::eio ? -EIO : -ENOSPC;
}

void reach_failpoint(std::string_view name) {
  if (name == plan.place && plan.count.fetch_add(1, std::memory_order_relaxed) + 1 == plan.from) {
    crash(name, plan.from);
  }
}

}  // namespace gyre::ring
