// SetWalk: all members of a set, part by part.
#pragma once

#include "commands/collections.h"
#include "commands/in_steps.h"

namespace gyre::commands {

// Answers with the members of a set.
struct SetWalk {
  using Value = data::Set;
  static constexpr size_t kPart = kPartOfTable;
  uint64_t cursor = 0;

  bool step(const data::Set& set, size_t count, resp::Reply& reply) {
    cursor = set.scan(cursor, count,
                      [&](const data::Element& element) { reply_element(reply, element); });
    return cursor != 0;
  }
};

}  // namespace gyre::commands
