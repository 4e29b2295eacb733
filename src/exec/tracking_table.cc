#include "exec/tracking_table.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace gyre::exec {

void TrackingTable::remember(const store::Key& key, Tracker tracker) {
  const Table::Place place = table_.find(key);
  if (!place) {
    table_.insert(key.hash, new TrackedKey{std::string(key.name), {tracker}});
    ++items_;
    return;
  }
  std::vector<Tracker>& trackers = place.item()->trackers;
  const auto at = std::lower_bound(trackers.begin(), trackers.end(), tracker);
  if (at == trackers.end() || *at != tracker) {
    trackers.insert(at, tracker);
    ++items_;
  }
}

std::vector<Tracker> TrackingTable::take(const store::Key& key) {
  const Table::Place place = table_.find(key);
  if (!place) {
    return {};
  }
  const std::unique_ptr<TrackedKey> found(table_.take(place));
  items_ -= found->trackers.size();
  return std::move(found->trackers);
}

TrackedKey TrackingTable::take_any(uint64_t random) {
  TrackedKey& chosen = *table_.random(random);
  TrackedKey taken{chosen.name, {}};
  taken.trackers = take({taken.name, store::key_hash(taken.name)});
  return taken;
}

void TrackingTable::clear() {
  if (!empty()) {
    cleared_.push_back(std::exchange(table_, Table()));
    items_ = 0;
  }
}

bool TrackingTable::free_some(size_t count) {
  if (!cleared_.empty() && cleared_.back().drain(count)) {
    cleared_.pop_back();
  }
  return !cleared_.empty();
}

}  // namespace gyre::exec
