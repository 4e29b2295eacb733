// StreamGroup: a consumer group of a stream: its consumers, and what they were given and have not
// acknowledged.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/id_tree.h"
#include "data/stream_id.h"

namespace gyre::data {

// Owned items in the order of their names, each `const std::string& name() const`.
template <typename T>
class ByName {
 public:
  size_t size() const { return items_.size(); }
  bool is_empty() const { return items_.empty(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  T* find(std::string_view name) const {
    const auto at = lower(name);
    return at != items_.end() && (*at)->name() == name ? at->get() : nullptr;
  }
  // The name must not be in.
  T& insert(std::unique_ptr<T> item) {
    return **items_.insert(items_.begin() + (lower(item->name()) - items_.begin()),
                           std::move(item));
  }
  // Hands the item over; null if there is none.
  std::unique_ptr<T> take(std::string_view name) {
    const auto at = lower(name);
    if (at == items_.end() || (*at)->name() != name) {
      return nullptr;
    }
    const auto place = items_.begin() + (at - items_.begin());
    std::unique_ptr<T> item = std::move(*place);
    items_.erase(place);
    return item;
  }
  T* last() const { return items_.back().get(); }
  void pop_last() { items_.pop_back(); }
  size_t memory() const { return items_.capacity() * sizeof(items_[0]); }

 private:
  auto lower(std::string_view name) const {
    return std::lower_bound(
        items_.begin(), items_.end(), name,
        [](const std::unique_ptr<T>& item, std::string_view x) { return item->name() < x; });
  }

  std::vector<std::unique_ptr<T>> items_;
};

// Times are Unix ms.
class StreamConsumer {
 public:
  static constexpr int64_t kNever = -1;
  struct Nothing {};

  explicit StreamConsumer(std::string_view name) : name_(name) {}

  const std::string& name() const { return name_; }
  // The ids of what is pending for it; StreamGroup::pending() tells the rest.
  const IdTree<Nothing>& pending() const { return pending_; }

  int64_t seen_ms = 0;         // tried to get something
  int64_t active_ms = kNever;  // got something

 private:
  friend class StreamGroup;

  std::string name_;
  IdTree<Nothing> pending_;
};

// An entry that a consumer was given and has not acknowledged; the entry itself may be gone.
struct StreamPending {
  StreamConsumer* consumer;
  int64_t delivered_ms;
  uint64_t deliveries;
};

class StreamGroup {
 public:
  static constexpr int64_t kUnknown = -1;

  StreamGroup(std::string_view name, StreamId last, int64_t read)
      : last_id(last), entries_read(read), name_(name) {}
  std::unique_ptr<StreamGroup> clone() const;

  const std::string& name() const { return name_; }

  const ByName<StreamConsumer>& consumers() const { return consumers_; }
  StreamConsumer* find_consumer(std::string_view name) const { return consumers_.find(name); }
  // The name must not be in.
  StreamConsumer& make_consumer(std::string_view name, int64_t seen_ms);
  // With all that is pending for it, how much is returned. The consumer must be in.
  size_t erase_consumer(std::string_view name);

  // By id. Whoever changes a value leaves the consumer to give().
  const IdTree<StreamPending>& pending() const { return pending_; }
  // What is pending under this id, good until the next change; null if nothing is.
  StreamPending* find_pending(StreamId id) const {
    auto* item = pending_.find(id);
    return item != nullptr ? &item->value : nullptr;
  }
  // Makes an entry pending for a consumer, and takes it from the one that had it.
  void give(StreamId id, StreamConsumer& consumer, int64_t delivered_ms, uint64_t deliveries);
  // The entry is no longer pending; false if it was not.
  bool acknowledge(StreamId id);

  // How far the group has read, and how many entries of the stream that makes, if it is known.
  StreamId last_id;
  int64_t entries_read;

  // As those of a value. Memory is that of all but names.
  size_t memory() const;
  // As many ids are pending for consumers as are pending at all.
  size_t pieces() const { return 1 + consumers_.size() + 2 * pending_.nodes(); }
  size_t drain(size_t budget);

  void check() const;

 private:
  std::string name_;
  ByName<StreamConsumer> consumers_;
  IdTree<StreamPending> pending_;
};

}  // namespace gyre::data
