// Entries of all types by chance, for tests of what is written and read.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "store/digest.h"
#include "store/value.h"

namespace gyre::persist {

struct DestroyEntry {
  void operator()(store::Entry* entry) const { store::Entry::destroy(entry); }
};
using EntryPtr = std::unique_ptr<store::Entry, DestroyEntry>;

// Some at which every value soon becomes large.
inline constexpr data::Limits kSmallLimits{.hash_pack_entries = 3,
                                           .set_ints = 4,
                                           .set_pack_entries = 3,
                                           .sorted_set_pack_entries = 3,
                                           .list_chunk = 4,
                                           .stream_chunk_bytes = 200,
                                           .stream_chunk_entries = 5};

class EntryMaker {
 public:
  // Values of up to so many elements; up to `bytes_max` bytes each.
  EntryMaker(uint64_t seed, size_t elements_max, size_t bytes_max = 200)
      : random_(seed), elements_max_(elements_max), bytes_max_(bytes_max) {}

  base::Random& random() { return random_; }

  EntryPtr make(std::string_view key) {
    const int64_t expire_at_ms = random_.below(4) == 0
                                     ? kExpiryMin + static_cast<int64_t>(random_.below(1 << 30))
                                     : store::Entry::kNever;
    const data::Limits& limits = random_.below(2) == 0 ? kSmallLimits : kUsual;
    switch (random_.below(6)) {
      case 0:
        return EntryPtr(make_string(key, expire_at_ms));
      case 1:
        return value(key, make_list(limits), expire_at_ms);
      case 2:
        return value(key, make_set(limits), expire_at_ms);
      case 3:
        return value(key, make_sorted_set(limits), expire_at_ms);
      case 4:
        return value(key, make_hash(limits), expire_at_ms);
      default:
        return value(key, make_stream(limits), expire_at_ms);
    }
  }

  std::string text() {
    switch (random_.below(5)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random_.next()) >> random_.below(64));
      case 1:
        return std::string(random_.below(bytes_max_), 'x');
      case 2: {
        std::string text(random_.below(bytes_max_), '\0');
        std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random_.next()); });
        return text;
      }
      default:
        return "text " + std::to_string(random_.below(1000));
    }
  }

 private:
  static constexpr data::Limits kUsual{};
  static constexpr int64_t kExpiryMin = 4'000'000'000'000;  // in the year 2096, so nothing is due

  size_t count() { return 1 + random_.below(random_.below(elements_max_) + 1); }

  template <typename T>
  static EntryPtr value(std::string_view key, T value, int64_t expire_at_ms) {
    return EntryPtr(store::make_value(key, std::move(value), expire_at_ms));
  }

  store::Entry* make_string(std::string_view key, int64_t expire_at_ms) {
    const auto number = static_cast<int64_t>(random_.next()) >> random_.below(64);
    switch (random_.below(4)) {
      case 0:
        return store::Entry::make_integer(key, number, expire_at_ms);
      case 1: {
        std::string text;
        for (size_t left = count(); left > 0; --left) {
          text += this->text();
        }
        text += std::string(store::Entry::kInlineMax, 'y');
        base::Blob* const blob = base::Blob::make(text.size());
        std::copy(text.begin(), text.end(), blob->data());
        blob->size = text.size();
        return store::Entry::make_blob(key, blob, expire_at_ms);
      }
      default:
        return store::Entry::make_inline(key, "not a number " + text(), expire_at_ms);
    }
  }

  data::List make_list(const data::Limits& limits) {
    data::List list;
    for (size_t left = count(); left > 0; --left) {
      const std::string text = random_.below(50) == 0 ? std::string(20'000, 'z') : this->text();
      list.reserve(1, text.size(), limits);
      list.push(data::Side::back, data::Element::of(text), {}, limits);
    }
    return list;
  }

  data::Set make_set(const data::Limits& limits) {
    data::Set set;
    const bool is_ints = random_.below(3) == 0;
    for (size_t left = count(); left > 0; --left) {
      set.add(data::Element::of(is_ints ? std::to_string(random_.below(100'000)) : text()), limits);
    }
    return set;
  }

  data::SortedSet make_sorted_set(const data::Limits& limits) {
    data::SortedSet set;
    for (size_t left = count(); left > 0; --left) {
      const std::string name = text();
      if (const auto place = set.find(name); !place) {
        set.insert(place, name, static_cast<double>(random_.below(1000)) / 8, limits);
      }
    }
    return set;
  }

  data::Hash make_hash(const data::Limits& limits) {
    data::Hash hash;
    const bool is_expiring = random_.below(3) == 0;
    for (size_t left = count(); left > 0; --left) {
      const std::string name = text();
      hash.set(name, text(), 0, limits);
      if (is_expiring && random_.below(2) == 0) {
        hash.set_expiry(name, kExpiryMin + static_cast<int64_t>(random_.below(1 << 30)), 0);
      }
    }
    return hash;
  }

  data::Stream make_stream(const data::Limits& limits) {
    data::Stream stream = data::Stream::make();
    std::vector<data::StreamId> ids;
    data::StreamId id{1000, 0};
    for (size_t left = count(); left > 0; --left) {
      id = {id.ms + random_.below(3), id.seq + 1};
      const std::string texts[] = {random_.below(5) == 0 ? text() : "name", text()};
      const std::string_view fields[] = {texts[0], texts[1]};
      stream.append(id, fields, limits);
      ids.push_back(id);
    }
    for (size_t left = random_.below(3); left > 0; --left) {
      if (stream.erase(ids[random_.below(ids.size())])) {
        stream.set_max_deleted_id(ids.back());
      }
    }
    for (const char* name : {"g", "h"}) {
      if (random_.below(2) == 0) {
        data::StreamGroup& group = stream.make_group(name, ids.back(), 0);
        data::StreamConsumer* consumers[] = {&group.make_consumer("a", 5),
                                             &group.make_consumer("b", 7)};
        for (const data::StreamId& given : ids) {
          group.give(given, *consumers[random_.below(2)], 77, random_.below(5));
        }
      }
    }
    return stream;
  }

  base::Random random_;
  size_t elements_max_;
  size_t bytes_max_;
};

}  // namespace gyre::persist
