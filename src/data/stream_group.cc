#include "data/stream_group.h"

#include <unordered_map>
#include <utility>

#include "base/assert.h"

namespace gyre::data {

std::unique_ptr<StreamGroup> StreamGroup::clone() const {
  auto copy = std::make_unique<StreamGroup>(name_, last_id, entries_read);
  std::unordered_map<const StreamConsumer*, StreamConsumer*> copies;
  for (const auto& consumer : consumers_) {
    StreamConsumer& made = copy->make_consumer(consumer->name(), consumer->seen_ms);
    made.active_ms = consumer->active_ms;
    copies.emplace(consumer.get(), &made);
  }
  pending_.ascend({}, [&](const auto& item) {
    const StreamPending& pending = item.value;
    copy->give(item.id, *copies[pending.consumer], pending.delivered_ms, pending.deliveries);
    return true;
  });
  return copy;
}

StreamConsumer& StreamGroup::make_consumer(std::string_view name, int64_t seen_ms) {
  StreamConsumer& consumer = consumers_.insert(std::make_unique<StreamConsumer>(name));
  consumer.seen_ms = seen_ms;
  return consumer;
}

size_t StreamGroup::erase_consumer(std::string_view name) {
  const std::unique_ptr<StreamConsumer> consumer = consumers_.take(name);
  GYRE_ASSERT(consumer != nullptr);
  consumer->pending_.ascend({}, [&](const auto& item) {
    pending_.erase(item.id);
    return true;
  });
  return consumer->pending_.size();
}

void StreamGroup::give(StreamId id, StreamConsumer& consumer, int64_t delivered_ms,
                       uint64_t deliveries) {
  const StreamPending given{&consumer, delivered_ms, deliveries};
  StreamPending* pending = find_pending(id);
  if (pending == nullptr) {
    pending_.insert(id, given);
    consumer.pending_.insert(id, {});
    return;
  }
  if (pending->consumer != &consumer) {
    pending->consumer->pending_.erase(id);
    consumer.pending_.insert(id, {});
  }
  *pending = given;
}

bool StreamGroup::acknowledge(StreamId id) {
  const StreamPending* pending = find_pending(id);
  if (pending == nullptr) {
    return false;
  }
  pending->consumer->pending_.erase(id);
  pending_.erase(id);
  return true;
}

size_t StreamGroup::memory() const {
  size_t bytes = sizeof *this + consumers_.memory() + pending_.memory();
  for (const auto& consumer : consumers_) {
    bytes += sizeof *consumer + consumer->pending().memory();
  }
  return bytes;
}

size_t StreamGroup::drain(size_t budget) {
  const auto nothing = [](const auto&) { return size_t{0}; };
  size_t freed = 0;
  // All that is pending for consumers goes before pieces() counts less.
  while (freed < budget && !consumers_.is_empty()) {
    freed += consumers_.last()->pending_.drain(budget - freed, nothing);
    if (consumers_.last()->pending().is_empty()) {
      consumers_.pop_last();
      ++freed;
    }
  }
  return freed + pending_.drain(budget - std::min(freed, budget), nothing);
}

void StreamGroup::check() const {
  pending_.check();
  size_t count = 0;
  for (const auto& consumer : consumers_) {
    consumer->pending().check();
    count += consumer->pending().size();
    consumer->pending().ascend({}, [&](const auto& item) {
      const StreamPending* pending = find_pending(item.id);
      GYRE_ASSERT(pending != nullptr && pending->consumer == consumer.get());
      return true;
    });
  }
  GYRE_ASSERT(count == pending_.size());
}

}  // namespace gyre::data
