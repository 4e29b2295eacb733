// Writing values in the encodings that type_of() chooses.
#include <algorithm>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/number.h"
#include "persist/rdb_int_set.h"
#include "persist/rdb_value.h"
#include "persist/rdb_value_slices.h"
#include "store/value.h"

namespace gyre::persist {
namespace {

using data::Element;
using store::Entry;
using store::Form;

template <typename T>
bool is_block(const T& value, size_t block_max) {
  return value.encoding().starts_with("listpack") && value.memory(0) <= block_max;
}

// ---- How each type is written ----

RdbType type_of(const data::List&, size_t) { return RdbType::list_quicklist_2; }
RdbType type_of(const data::Set& set, size_t block_max) {
  return set.is_ints() && set.memory(0) <= block_max ? RdbType::set_int_set : RdbType::set;
}
RdbType type_of(const data::SortedSet& set, size_t block_max) {
  return is_block(set, block_max) ? RdbType::zset_listpack : RdbType::zset_2;
}
RdbType type_of(const data::Hash& hash, size_t block_max) {
  const bool is_one = is_block(hash, block_max);
  if (hash.has_expiry()) {
    return is_one ? RdbType::hash_listpack_expiring : RdbType::hash_expiring;
  }
  return is_one ? RdbType::hash_listpack : RdbType::hash;
}
RdbType type_of(const data::Stream&, size_t) { return RdbType::stream_listpacks_2; }

// ---- Blocks ----

// Fields in the order of their deadlines, those without any last: there Redis looks for them.
void write_expiring_listpack(RdbWriter& writer, const data::Hash& hash) {
  struct Field {
    Element name;
    Element value;
    int64_t expire_at_ms;
    uint64_t order() const { return static_cast<uint64_t>(expire_at_ms); }  // kNoExpiry: the last
  };
  std::vector<Field> fields;
  fields.reserve(hash.size());
  hash.for_all([&](const Element& name, const Element& value, int64_t expire_at_ms) {
    fields.push_back({name, value, expire_at_ms});
  });
  std::sort(fields.begin(), fields.end(),
            [](const Field& a, const Field& b) { return a.order() < b.order(); });
  ListpackBuilder& listpack = writer.listpack();
  listpack.clear();
  for (const Field& field : fields) {
    listpack.add(field.name);
    listpack.add(field.value);
    listpack.add(field.expire_at_ms == data::kNoExpiry ? 0 : field.expire_at_ms);
  }
  writer.time_ms(fields[0].expire_at_ms);
  writer.bytes(listpack.finish());
}

void write_listpack(RdbWriter& writer, const data::Hash& hash) {
  ListpackBuilder& listpack = writer.listpack();
  listpack.clear();
  hash.for_all([&](const Element& name, const Element& value, int64_t) {
    listpack.add(name);
    listpack.add(value);
  });
  writer.bytes(listpack.finish());
}

void write_listpack(RdbWriter& writer, const data::SortedSet& set) {
  ListpackBuilder& listpack = writer.listpack();
  listpack.clear();
  set.for_each([&](std::string_view name, double score) {
    char text[base::kDoubleCharsMax];
    listpack.add(Element::of(name));
    listpack.add(Element::of({text, base::format_double(text, score)}));
  });
  writer.bytes(listpack.finish());
}

void write_collection(RdbWriter& writer, const Entry& entry, RdbType type) {
  switch (type) {
    case RdbType::set_int_set:
      writer.bytes(write_int_set(entry.value<data::Set>(), writer.scratch()));
      return;
    case RdbType::zset_listpack:
      write_listpack(writer, entry.value<data::SortedSet>());
      return;
    case RdbType::hash_listpack:
      write_listpack(writer, entry.value<data::Hash>());
      return;
    case RdbType::hash_listpack_expiring:
      write_expiring_listpack(writer, entry.value<data::Hash>());
      return;
    default:
      break;
  }
  RdbValueSlices slices;
  slices.begin(entry, type);
  const bool is_done = slices.write(writer, UINT64_MAX);
  GYRE_ASSERT(is_done);
}

}  // namespace

RdbType type_of(const Entry& entry, size_t block_max) {
  if (entry.form() != Form::value) {
    return RdbType::string;
  }
  return store::visit_value(entry, [&](const auto& value) { return type_of(value, block_max); });
}

void write_value(RdbWriter& writer, const Entry& entry, RdbType type) {
  switch (entry.form()) {
    case Form::inlined:
      writer.text(entry.inlined());
      break;
    case Form::integer:
      writer.number(entry.integer());
      break;
    case Form::blob:
      writer.text(entry.blob()->view());
      break;
    case Form::value:
      write_collection(writer, entry, type);
      break;
  }
}

}  // namespace gyre::persist
