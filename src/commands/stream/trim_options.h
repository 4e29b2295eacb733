// The options of XADD and XTRIM: what to trim, and what XADD adds under which id.
#pragma once

#include <cstdint>

#include "commands/stream/streams.h"

namespace gyre::commands {

struct StreamOptions {
  bool has_trim = false;
  data::StreamTrim trim;
  // Of XADD.
  bool may_create = true;
  enum class Id : uint8_t { next, next_in_ms, given } kind = Id::next;
  data::StreamId id;  // its time, or all of it, unless it is the next one
  size_t fields = 0;  // argument of the first field
};

Result<StreamOptions> parse_add_options(const exec::Request& request, const store::Shard& shard);
Result<StreamOptions> parse_trim_options(const exec::Request& request, const store::Shard& shard);

// KEEPREF, DELREF, ACKED.
std::optional<data::References> parse_references(std::string_view word);

// Trims as the options say; returns how many entries went.
size_t trim_stream(store::Shard& shard, data::Stream& stream, const StreamOptions& options);

}  // namespace gyre::commands
