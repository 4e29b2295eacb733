// What XREADGROUP reads from one key.
#pragma once

#include "commands/stream/groups.h"
#include "commands/stream/read_options.h"

namespace gyre::commands {

// What one key is asked for: what is new to the group, or what is pending for the consumer.
struct GroupSource {
  data::Stream* stream = nullptr;
  data::StreamGroup* group = nullptr;
  bool is_history = false;
  StreamRange range;

  bool has_any() const { return is_history || stream->count(range.from, range.to, 1) > 0; }
};

// `position` is that of the key; its entry may be null.
Result<GroupSource> find_group_source(const exec::Request& request, const ReadOptions& options,
                                      store::Entry* entry, uint32_t position);

}  // namespace gyre::commands
