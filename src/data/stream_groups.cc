// Stream: its groups, and what it knows of their progress.
#include <utility>

#include "base/assert.h"
#include "data/stream.h"

namespace gyre::data {

const Stream::Groups& Stream::groups() const {
  static const Groups kNone;
  return body()->groups != nullptr ? *body()->groups : kNone;
}

StreamGroup& Stream::make_group(std::string_view name, StreamId last_id, int64_t entries_read) {
  if (body()->groups == nullptr) {
    body()->groups = std::make_unique<Groups>();
  }
  return body()->groups->insert(std::make_unique<StreamGroup>(name, last_id, entries_read));
}

Stream Stream::take_group(std::string_view name) {
  Stream rest = make();
  rest.body()->groups = std::make_unique<Groups>();
  rest.body()->groups->insert(body()->groups->take(name));
  return rest;
}

bool Stream::is_referenced(StreamId id) const {
  for (const auto& group : groups()) {
    if (id > group->last_id || group->find_pending(id) != nullptr) {
      return true;
    }
  }
  return false;
}

void Stream::drop_references(StreamId id) {
  for (const auto& group : groups()) {
    group->acknowledge(id);
  }
}

bool Stream::may_have_gaps(StreamId from) const {
  const StreamId deleted = body()->max_deleted_id;
  return body()->size > 0 && !deleted.is_zero() && first_id() <= deleted && from <= deleted;
}

std::optional<uint64_t> Stream::position(StreamId id) const {
  const Body& body = *this->body();
  if (body.entries_added == 0) {
    return 0;
  }
  if (id == body.last_id || (body.size == 0 && id < body.last_id)) {
    return body.entries_added;
  }
  const StreamId first = first_id();
  if (id > body.last_id || id > first ||
      (!body.max_deleted_id.is_zero() && body.max_deleted_id >= first)) {
    return std::nullopt;
  }
  return body.entries_added - body.size + (id == first ? 1 : 0);
}

}  // namespace gyre::data
