#include "store/shard.h"

#include <algorithm>

#include "base/clock.h"
#include "base/heap.h"
#include "data/name_hash.h"
#include "store/cut.h"
#include "store/value.h"

namespace gyre::store {
namespace {

constexpr size_t kFreePagesMax = 128;  // of large values, in one round of housekeeping

// Of what was discarded, in pieces. A round frees this part of it, so that much goes sooner; and
// whoever discards more pays some back at once, or memory would grow as long as a client makes
// large values and deletes them faster than rounds follow each other.
constexpr size_t kFreePart = 64;
constexpr size_t kFreeRoundMax = 2048;
constexpr size_t kPayBack = 256;
constexpr size_t kPayBackMuch = 2048;  // while more than kMuchDiscarded wait
constexpr size_t kMuchDiscarded = 256 * 1024;
constexpr size_t kPayBackRoundMax = 16 * 1024;
constexpr size_t kPayBackLargeMax = 4096;  // while values that are larger than kPayBack go
constexpr uint32_t kLfuInitial = 5;        // a new key must live long enough to be counted

}  // namespace

uint64_t key_hash(std::string_view key) { return data::name_hash(key); }
void seed_key_hash(uint64_t seed) { data::name_hash_seed = seed; }

const Event Event::append{'$', "append"};
const Event Event::copy_to{'g', "copy_to"};
const Event Event::del{'g', "del"};
const Event Event::expire{'g', "expire"};
const Event Event::expired{'x', "expired"};
const Event Event::hexpired{'h', "hexpired"};
const Event Event::hexpired_last{'h', "hexpired", &Event::del};
const Event Event::incrby{'$', "incrby"};
const Event Event::incrbyfloat{'$', "incrbyfloat"};
const Event Event::move_from{'g', "move_from"};
const Event Event::move_to{'g', "move_to"};
const Event Event::persist{'g', "persist"};
const Event Event::rename_from{'g', "rename_from"};
const Event Event::rename_to{'g', "rename_to"};
const Event Event::restore{'g', "restore"};
const Event Event::set{'$', "set"};
const Event Event::set_expiring{'$', "set", &Event::expire};
const Event Event::setrange{'$', "setrange"};

Shard::Shard(uint16_t core, const ShardOptions& options, uint64_t seed)
    : core_(core), options_(options), now_ms_(base::unix_ms()), access_ms_(now_ms_), random_(seed) {
  for (uint16_t i = 0; i < options.databases; ++i) {
    dbs_.push_back(std::make_unique<Keyspace>(*this, i));
  }
  base::Blob::free_in_slices(true);
  base::heap_free_in_slices(true);
}

Shard::~Shard() {
  base::Blob::free_in_slices(false);
  for (Entry* entry : discarded_values_) {
    Entry::destroy(entry);
  }
  base::heap_free_in_slices(false);
}

namespace {

// LFU: 16 bits of minutes, 8 bits of a logarithmic counter.
uint32_t lfu_minutes(int64_t now_ms) { return static_cast<uint32_t>(now_ms / 60'000) & 0xffff; }

uint32_t lfu_decayed(uint32_t access, int64_t now_ms, int decay_minutes) {
  const uint32_t counter = access & 0xff;
  if (decay_minutes <= 0) {
    return counter;
  }
  const uint32_t idle = (lfu_minutes(now_ms) - (access >> 8)) & 0xffff;
  const uint32_t periods = idle / static_cast<uint32_t>(decay_minutes);
  return periods > counter ? 0 : counter - periods;
}

}  // namespace

void Shard::touch(Entry& entry) {
  if (!options_.is_lfu) {
    const auto clock = static_cast<uint32_t>(access_ms_ / 1000) & 0xffffff;
    if (entry.access() != clock) {  // Most reads leave the entry's cache line clean.
      entry.set_access(clock);
    }
    return;
  }
  uint32_t counter = lfu_decayed(entry.access(), access_ms_, options_.lfu_decay_minutes);
  if (counter < 255) {
    const double base_count = counter > kLfuInitial ? counter - kLfuInitial : 0;
    const double chance = 1.0 / (base_count * options_.lfu_log_factor + 1);
    if (static_cast<double>(random_.next() >> 11) * 0x1p-53 < chance) {
      ++counter;
    }
  }
  entry.set_access(lfu_minutes(access_ms_) << 8 | counter);
}

void Shard::set_new_access(Entry& entry) {
  if (options_.is_lfu) {
    entry.set_access(lfu_minutes(access_ms_) << 8 | kLfuInitial);
  } else {
    entry.set_access(static_cast<uint32_t>(access_ms_ / 1000) & 0xffffff);
  }
}

void Shard::set_access_after(Entry& entry, const Entry& old) {
  if (options_.is_lfu) {
    entry.set_access(old.access());
  } else {
    set_new_access(entry);
  }
}

uint32_t Shard::idle_seconds(const Entry& entry) const {
  return (static_cast<uint32_t>(access_ms_ / 1000) - entry.access()) & 0xffffff;
}

void Shard::set_idle_seconds(Entry& entry, uint64_t seconds) {
  constexpr uint64_t kMax = 0xffffff;
  if (!options_.is_lfu) {
    entry.set_access(static_cast<uint32_t>(access_ms_ / 1000 - std::min(seconds, kMax)) & kMax);
  }
}

void Shard::set_frequency(Entry& entry, uint32_t frequency) {
  if (options_.is_lfu) {
    entry.set_access(lfu_minutes(access_ms_) << 8 | frequency);
  }
}

int64_t Shard::reference_count(const Entry& entry) const {
  constexpr int64_t kShared = 10'000;
  const bool is_shared = options_.shares_integers && entry.form() == Form::integer &&
                         entry.integer() >= 0 && entry.integer() < kShared;
  return is_shared ? INT32_MAX : 1;
}

uint32_t Shard::frequency(const Entry& entry) const {
  return lfu_decayed(entry.access(), access_ms_, options_.lfu_decay_minutes);
}

bool Shard::housekeep(size_t budget) {
  size_t used = 0;
  if (active_expire_) {
    // Another database goes first each time, so that a busy one cannot use up the budget of all.
    for (size_t i = 0; i < dbs_.size() && used < budget; ++i) {
      used += dbs_[(first_db_ + i) % dbs_.size()]->expire_some(budget - used);
    }
    first_db_ = (first_db_ + 1) % dbs_.size();
  }
  paid_back_ = 0;
  const size_t part = std::min(discarded_pieces_ / kFreePart, kFreeRoundMax);
  const bool has_discarded = free_discarded(std::max(budget - std::min(used, budget), part));
  // 4 KiB of a large value take about as long as one entry.
  const bool has_blobs = base::Blob::free_some(std::min(budget, kFreePagesMax) * 4096);
  const bool has_strangers = base::heap_collect();
  return has_discarded || has_blobs || has_strangers || used >= budget;
}

bool Shard::free_discarded(size_t budget) {
  size_t used = 0;
  while (lent_ == 0 && used < budget && !(discarded_.empty() && discarded_values_.empty())) {
    if (!discarded_values_.empty()) {
      Entry* entry = discarded_values_.back();
      used += visit_value(*entry, [&](auto& value) { return value.drain(budget - used); });
      if (pieces_of(*entry) <= kDrainMin) {
        discarded_values_.pop_back();
        Entry::destroy(entry);
      }
      continue;
    }
    // One by one, because an entry may turn out to hold a large value.
    const bool is_empty =
        discarded_.back().drain(1, [this](Entry* entry) { queue_or_destroy(entry); });
    ++used;
    if (is_empty) {
      discarded_.pop_back();
    }
  }
  const bool is_left = !(discarded_.empty() && discarded_values_.empty());
  discarded_pieces_ = is_left ? discarded_pieces_ - std::min(used, discarded_pieces_) : 0;
  return is_left;
}

// Returns the pieces that wait now.
size_t Shard::queue_or_destroy(Entry* entry) {
  if (Pin* pin = pins_.empty() ? nullptr : find_pin(*entry); pin != nullptr) {
    pin->is_discarded = true;
    return 0;
  }
  const size_t pieces = entry->form() == Form::value ? pieces_of(*entry) : 0;
  if (pieces <= kDrainMin && (lent_ == 0 || entry->form() != Form::value)) {
    Entry::destroy(entry);
    return 0;
  }
  discarded_values_.push_back(entry);
  discarded_pieces_ += pieces;
  return pieces;
}

void Shard::discard_value(Entry* entry) {
  const size_t pieces = queue_or_destroy(entry);
  const size_t most = discarded_pieces_ > kMuchDiscarded ? kPayBackMuch : kPayBack;
  const size_t round_max =
      most > kPayBack && pieces > kPayBack ? kPayBackLargeMax : kPayBackRoundMax;
  const size_t back = std::min({pieces, most, round_max - std::min(paid_back_, round_max)});
  if (back > 0) {
    paid_back_ += back;
    free_discarded(back);
  }
}

void Shard::discard(Table table) {
  discarded_pieces_ += table.size();
  discarded_.push_back(std::move(table));
}

const Shard::Pin* Shard::find_pin(const Entry& entry) const {
  const auto at =
      std::find_if(pins_.begin(), pins_.end(), [&](const Pin& pin) { return pin.entry == &entry; });
  return at == pins_.end() ? nullptr : &*at;
}

void Shard::pin(Entry& entry) {
  GYRE_ASSERT(entry.form() == Form::value);
  if (Pin* pin = find_pin(entry); pin != nullptr) {
    ++pin->readers;
  } else {
    pins_.push_back({&entry, 1, false});
  }
}

void Shard::unpin(Entry& entry) {
  Pin* pin = find_pin(entry);
  GYRE_ASSERT(pin != nullptr);
  if (--pin->readers > 0) {
    return;
  }
  const bool is_discarded = pin->is_discarded;
  pins_.erase(pins_.begin() + (pin - pins_.data()));
  if (is_discarded) {
    discard_value(&entry);
  }
}

void Shard::flush(uint16_t db) {
  if (cut_ != nullptr && dbs_[db]->size() > 0) {
    cut_->before_emptying();
  }
  if (is_observed_) {
    observer_->emptying(*dbs_[db], nullptr);
  }
  stats_.dirty += dbs_[db]->size();
  Table old = dbs_[db]->take_all();
  if (old.size() != 0) {
    discard(std::move(old));
  }
}

void Shard::swap(uint16_t first, uint16_t second) {
  if (cut_ != nullptr) {
    cut_->before_emptying();
  }
  if (is_observed_) {
    observer_->emptying(*dbs_[first], dbs_[second].get());
    observer_->emptying(*dbs_[second], dbs_[first].get());
  }
  dbs_[first]->swap(*dbs_[second]);
}

size_t Shard::table_memory() const {
  size_t bytes = 0;
  for (const auto& db : dbs_) {
    bytes += db->table().memory() + db->expiry_memory();
  }
  return bytes;
}

}  // namespace gyre::store
