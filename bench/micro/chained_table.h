// ChainedTable: what sets and hashes are measured against: a table of chained entries with boxed
// strings, as Redis 7's dict of sds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "data/name_hash.h"

namespace gyre::bench {

// An entry, its name and its value are an allocation each; a name of a set has no value. The array
// doubles when there are as many entries as places; all move at once, which takes less in all than
// Redis's moving them step by step. The hash is that of data::HashTable. Texts have less than 256
// bytes.
class ChainedTable {
 public:
  ChainedTable() : places_(static_cast<Entry**>(std::calloc(kFirst, sizeof(Entry*)))) {}
  ChainedTable(const ChainedTable&) = delete;
  ChainedTable& operator=(const ChainedTable&) = delete;
  ~ChainedTable() {
    for (size_t i = 0; i < count_; ++i) {
      for (Entry* entry = places_[i]; entry != nullptr;) {
        Entry* next = entry->next;
        std::free(entry->name);
        std::free(entry->value);
        std::free(entry);
        entry = next;
      }
    }
    std::free(places_);
  }

  size_t size() const { return size_; }
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  // The name must be in.
  std::string_view value_of(std::string_view name) const { return text_of(find(name)->value); }

  // False if the name was in.
  bool add(std::string_view name) {
    if (find(name) != nullptr) {
      return false;
    }
    insert(name);
    return true;
  }
  void set(std::string_view name, std::string_view value) {
    Entry* entry = find(name);
    if (entry == nullptr) {
      entry = insert(name);
    } else {
      std::free(entry->value);
    }
    entry->value = box(value);
  }

  // Calls visit(name, value) for all entries.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (size_t i = 0; i < count_; ++i) {
      for (const Entry* entry = places_[i]; entry != nullptr; entry = entry->next) {
        visit(text_of(entry->name),
              entry->value != nullptr ? text_of(entry->value) : std::string_view{});
      }
    }
  }

 private:
  static constexpr size_t kFirst = 4;

  struct Entry {
    Entry* next;
    char* name;
    char* value;
  };

  static char* box(std::string_view text) {
    auto* boxed = static_cast<char*>(std::malloc(text.size() + 2));  // its length, and a zero
    boxed[0] = static_cast<char>(text.size());
    std::memcpy(boxed + 1, text.data(), text.size());
    boxed[text.size() + 1] = '\0';
    return boxed;
  }
  static std::string_view text_of(const char* boxed) {
    return {boxed + 1, static_cast<uint8_t>(boxed[0])};
  }

  Entry* find(std::string_view name) const {
    Entry* entry = places_[data::name_hash(name) & (count_ - 1)];
    while (entry != nullptr && text_of(entry->name) != name) {
      entry = entry->next;
    }
    return entry;
  }
  Entry* insert(std::string_view name) {
    if (size_ == count_) {
      grow();
    }
    auto* entry = static_cast<Entry*>(std::malloc(sizeof(Entry)));
    Entry*& place = places_[data::name_hash(name) & (count_ - 1)];
    *entry = {.next = place, .name = box(name), .value = nullptr};
    place = entry;
    ++size_;
    return entry;
  }
  void grow() {
    const size_t wider = count_ * 2;
    auto** places = static_cast<Entry**>(std::calloc(wider, sizeof(Entry*)));
    for (size_t i = 0; i < count_; ++i) {
      for (Entry* entry = places_[i]; entry != nullptr;) {
        Entry* next = entry->next;
        Entry*& place = places[data::name_hash(text_of(entry->name)) & (wider - 1)];
        entry->next = place;
        place = entry;
        entry = next;
      }
    }
    std::free(places_);
    places_ = places;
    count_ = wider;
  }

  Entry** places_;
  size_t count_ = kFirst;
  size_t size_ = 0;
};

}  // namespace gyre::bench
