// BLMOVE, BRPOPLPUSH.
#include "commands/blocking_options.h"
#include "commands/list/lmove.h"

namespace gyre::commands {
namespace {

using data::List;
using exec::Request;

constexpr exec::Blocking kBlocking{
    .timeout_ms = [](const Request& request) -> std::optional<uint64_t> {
      return parse_move_sides(request) ? timeout_at(request, request.size() - 1) : std::nullopt;
    },
    .can_serve = has_value<List>,
    .null_is_array = false};

constexpr exec::KeySpec kMoveKeys[] = {
    {.flags = "RW access delete"},
    {.flags = "RW insert", .index = 2},
};

constexpr exec::Change kTimeoutHistory[] = {{"6.0.0", "`timeout` may be a fraction."}};

constexpr exec::Command kRows[] = {
    {.name = "BLMOVE",
     .since = "6.2.0",
     .group = exec::Group::list,
     .complexity = "O(1)",
     .summary = "Moves an element from one list to another and returns it; waits for one.",
     .syntax = "source destination LEFT|RIGHT LEFT|RIGHT timeout",
     .flags = exec::kWrite | exec::kDenyoom | exec::kNoscript | exec::kBlocking,
     .keys = kMoveKeys,
     .shape = exec::gather_or_block(lmove_read, lmove, kBlocking)},
    {.name = "BRPOPLPUSH",
     .since = "2.2.0",
     .group = exec::Group::list,
     .complexity = "O(1)",
     .summary = "Moves the last element of a list to the head of another; waits for one.",
     .syntax = "source destination timeout",
     .history = kTimeoutHistory,
     .flags = exec::kWrite | exec::kDenyoom | exec::kNoscript | exec::kBlocking,
     .keys = kMoveKeys,
     .shape = exec::gather_or_block(lmove_read, lmove, kBlocking),
     .deprecated_since = "6.2.0",
     .replaced_by = "`BLMOVE` with the `RIGHT` and `LEFT` arguments"},
};

}  // namespace

extern const exec::Rows list_blmove{kRows};

}  // namespace gyre::commands
