// Reading sorted sets and hashes.
#include <cmath>

#include "base/number.h"
#include "data/pack_builder.h"
#include "data/packed_score.h"
#include "persist/listpack.h"
#include "persist/rdb_value_read.h"
#include "persist/ziplist.h"
#include "persist/zipmap.h"

namespace gyre::persist {
namespace {

using data::Digits;
using data::Element;

// ---- Sorted sets ----

// The score of a block's element; false if it is none.
bool read_score(const Element& element, double& score) {
  if (element.is_number()) {
    score = static_cast<double>(element.number());
    return true;
  }
  const auto value = base::parse_double(element.bytes());
  score = value.value_or(0);
  return value.has_value();
}

// As strings had it before version 8: its characters, their number in front; or one of three marks.
double read_score_text(RdbReader& reader) {
  constexpr uint8_t kNotANumber = 253;
  const uint8_t size = reader.byte();
  if (size > kNotANumber) {
    return size == 255 ? -INFINITY : INFINITY;
  }
  const auto score = size == kNotANumber ? std::nullopt : base::parse_double(reader.raw(size));
  if (!score) {
    reader.fail();
  }
  return score.value_or(0);
}

void read_members(RdbReader& reader, bool is_text, data::SortedSet& set,
                  const data::Limits& limits) {
  std::string scratch;
  const uint64_t count = reader.length();
  for (uint64_t left = count; left > 0 && reader.is_ok(); --left) {
    Digits digits;
    const Element element = reader.element(scratch);
    const std::string_view name = element.text(digits);
    const double score = is_text ? read_score_text(reader) : reader.real();
    if (left == count) {
      set.reserve(count, name.size(), limits);
    }
    const data::SortedSet::Place place = set.find(name);
    if (place || std::isnan(score)) {
      reader.fail();
      return;
    }
    set.insert(place, name, score, limits);
  }
}

// Makes a packed set of a block, if it is to be one and is in order.
template <typename Source>
bool pack_members(Source source, data::SortedSet& set, const data::Limits& limits) {
  data::PackBuilder pack;
  Element member;
  Element value;
  Digits digits[2];
  std::string_view last_name;
  double last = 0;
  for (bool is_first = true; source.next(member); is_first = false) {
    double score = 0;
    const std::string_view name = member.text(digits[pack.count() / 2 % 2]);
    if (pack.count() == 2 * limits.sorted_set_pack_entries ||
        name.size() > limits.sorted_set_pack_value || !source.next(value) ||
        !read_score(value, score) ||
        !(is_first || score > last || (score == last && name > last_name))) {
      return false;
    }
    pack.add(data::Packed(member));
    pack.add(data::PackedScore(score).packed());
    last_name = name;
    last = score;
  }
  if (!source.is_sound() || !pack.can_be_made() || pack.has_twins(2)) {
    return false;
  }
  set = data::SortedSet::of_pack(pack.make());
  return true;
}

// Members are in their order in a block; one that is not so is broken.
template <typename Source>
void append_all(RdbReader& reader, data::SortedSet& set, Source source,
                const data::Limits& limits) {
  if (pack_members(source, set, limits)) {
    return;
  }
  Element member;
  Element value;
  Element last_member;
  double last = 0;
  while (source.next(member)) {
    double score = 0;
    if (!source.next(value) || !read_score(value, score)) {
      reader.fail();
      return;
    }
    Digits digits;
    Digits last_digits;
    const std::string_view name = member.text(digits);
    const bool is_behind =
        set.size() == 0 || score > last || (score == last && name > last_member.text(last_digits));
    if (!is_behind || set.find(name)) {
      reader.fail();
      return;
    }
    set.append(name, score, limits);
    last = score;
    last_member = member;
  }
  if (!source.is_sound()) {
    reader.fail();
  }
}

// ---- Hashes ----

// As large as Redis lets a deadline be.
constexpr uint64_t kDeadlineMax = (uint64_t{1} << 48) - 1;

// What is read is set at a time at which no field is due, so that all of them are there.
constexpr int64_t kBeforeAll = 0;

void add_field(RdbReader& reader, data::Hash& hash, const Element& name, const Element& value,
               uint64_t deadline, const data::Limits& limits) {
  Digits name_digits;
  Digits value_digits;
  const std::string_view field = name.text(name_digits);
  if (deadline > kDeadlineMax || !hash.set(field, value.text(value_digits), kBeforeAll, limits)) {
    reader.fail();  // or it is there twice
  } else if (deadline != 0) {
    hash.set_expiry(field, static_cast<int64_t>(deadline), kBeforeAll);
  }
}

// Makes a packed hash of all fields, if it is to be one and they are in order.
template <typename Source>
bool pack_fields(Source source, bool has_deadlines, data::Hash& hash, const data::Limits& limits) {
  data::PackBuilder pack;
  const uint32_t stride = has_deadlines ? 3 : 2;
  bool is_expiring = !has_deadlines;
  Element name;
  Element value;
  Element deadline;
  while (source.next(name)) {
    if (pack.count() == stride * limits.hash_pack_entries || name.size() > limits.hash_pack_value ||
        !source.next(value) || value.size() > limits.hash_pack_value) {
      return false;
    }
    pack.add(data::Packed(name));
    pack.add(data::Packed(value));
    if (has_deadlines) {
      if (!source.next(deadline) || !deadline.is_number() || deadline.number() < 0 ||
          deadline.number() > static_cast<int64_t>(kDeadlineMax)) {
        return false;
      }
      is_expiring = is_expiring || deadline.number() != 0;
      pack.add(data::Packed(deadline));
    }
  }
  if (!source.is_sound() || !is_expiring || !pack.can_be_made() || pack.has_twins(stride)) {
    return false;
  }
  hash = data::Hash::of_pack(pack.make(), has_deadlines);
  return true;
}

template <typename Source>
void add_fields(RdbReader& reader, data::Hash& hash, Source source, bool has_deadlines,
                const data::Limits& limits) {
  if (pack_fields(source, has_deadlines, hash, limits)) {
    return;
  }
  Element name;
  Element value;
  while (reader.is_ok() && source.next(name)) {
    Element deadline(int64_t{0});
    if (!source.next(value) || (has_deadlines && !source.next(deadline)) || !deadline.is_number() ||
        deadline.number() < 0) {
      reader.fail();
      return;
    }
    add_field(reader, hash, name, value, static_cast<uint64_t>(deadline.number()), limits);
  }
  if (!source.is_sound()) {
    reader.fail();
  }
}

void read_fields(RdbReader& reader, data::Hash& hash, const data::Limits& limits) {
  const uint64_t count = reader.length();
  if (count <= limits.hash_pack_entries) {
    RdbReader ahead = reader;
    if (pack_fields(StringsReader(ahead, 2 * count), false, hash, limits)) {
      reader = ahead;
      return;
    }
  }
  StringsReader strings(reader);
  hash.reserve(count, kBeforeAll, limits);
  for (uint64_t left = count; left > 0 && reader.is_ok(); --left) {
    Element name;
    Element value;
    if (strings.next(name) && strings.next(value)) {
      add_field(reader, hash, name, value, 0, limits);
    }
  }
}

void read_expiring_fields(RdbReader& reader, bool is_relative, data::Hash& hash,
                          const data::Limits& limits) {
  const uint64_t first_ms = is_relative ? static_cast<uint64_t>(reader.time_ms()) : 1;
  if (first_ms > kDeadlineMax) {
    reader.fail();
  }
  const uint64_t count = reader.length();
  StringsReader strings(reader);
  hash.reserve(count, kBeforeAll, limits);
  for (uint64_t left = count; left > 0 && reader.is_ok(); --left) {
    // Relative ones count from 1 on.
    const uint64_t distance = reader.length();
    if (distance > kDeadlineMax) {
      reader.fail();
    }
    const uint64_t deadline = distance == 0 ? 0 : distance - 1 + first_ms;
    Element name;
    Element value;
    if (strings.next(name) && strings.next(value)) {
      add_field(reader, hash, name, value, deadline, limits);
    }
  }
}

}  // namespace

data::SortedSet read_sorted_set(RdbReader& reader, RdbType type, const data::Limits& limits) {
  data::SortedSet set;
  std::string scratch;
  if (type == RdbType::zset_listpack) {
    append_all(reader, set, ListpackReader(reader.block(scratch)), limits);
  } else if (type == RdbType::zset_ziplist) {
    append_all(reader, set, ZiplistReader(reader.block(scratch)), limits);
  } else {
    read_members(reader, type == RdbType::zset, set, limits);
  }
  return set;
}

data::Hash read_hash(RdbReader& reader, RdbType type, const data::Limits& limits) {
  data::Hash hash;
  std::string scratch;
  switch (type) {
    case RdbType::hash_zipmap:
      add_fields(reader, hash, ZipmapReader(reader.block(scratch)), false, limits);
      break;
    case RdbType::hash_ziplist:
      add_fields(reader, hash, ZiplistReader(reader.block(scratch)), false, limits);
      break;
    case RdbType::hash_listpack:
      add_fields(reader, hash, ListpackReader(reader.block(scratch)), false, limits);
      break;
    case RdbType::hash_listpack_expiring:
      reader.time_ms();  // the first deadline, which is among the fields too
      [[fallthrough]];
    case RdbType::hash_listpack_expiring_early:
      add_fields(reader, hash, ListpackReader(reader.block(scratch)), true, limits);
      break;
    case RdbType::hash_expiring_early:
    case RdbType::hash_expiring:
      read_expiring_fields(reader, type == RdbType::hash_expiring, hash, limits);
      break;
    default:
      read_fields(reader, hash, limits);
      break;
  }
  return hash;
}

// Valkey's: name, value and deadline, -1 for none.
data::Hash read_valkey_hash(RdbReader& reader, const data::Limits& limits) {
  data::Hash hash;
  const uint64_t count = reader.length();
  StringsReader strings(reader);
  hash.reserve(count, kBeforeAll, limits);
  for (uint64_t left = count; left > 0 && reader.is_ok(); --left) {
    Element name;
    Element value;
    if (strings.next(name) && strings.next(value)) {
      const int64_t deadline = reader.time_ms();
      const bool has_none = deadline == data::kNoExpiry;
      add_field(reader, hash, name, value, has_none ? 0 : static_cast<uint64_t>(deadline), limits);
    }
  }
  return hash;
}

}  // namespace gyre::persist
