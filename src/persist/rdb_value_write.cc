// Writing values in the encodings that type_of() chooses.
#include <algorithm>
#include <string>
#include <vector>

#include "base/number.h"
#include "persist/rdb_int_set.h"
#include "persist/rdb_stream.h"
#include "persist/rdb_value.h"
#include "store/value.h"

namespace gyre::persist {
namespace {

using data::Element;
using store::Entry;
using store::Form;

// Larger packs are written element by element: the configuration sets no bound to them, and a block
// has to be put together in memory.
constexpr size_t kBlockMax = size_t{64} << 20;

template <typename T>
bool is_block(const T& value) {
  return value.encoding().starts_with("listpack") && value.memory(0) <= kBlockMax;
}

// ---- How each type is written ----

RdbType type_of(const data::List&) { return RdbType::list_quicklist_2; }
RdbType type_of(const data::Set& set) {
  return set.encoding() == "intset" ? RdbType::set_int_set : RdbType::set;
}
RdbType type_of(const data::SortedSet& set) {
  return is_block(set) ? RdbType::zset_listpack : RdbType::zset_2;
}
RdbType type_of(const data::Hash& hash) {
  if (hash.has_expiry()) {
    return is_block(hash) ? RdbType::hash_listpack_expiring : RdbType::hash_expiring;
  }
  return is_block(hash) ? RdbType::hash_listpack : RdbType::hash;
}

RdbType type_of(const data::Stream&) { return RdbType::stream_listpacks_2; }

// ---- Writing ----

void write(RdbWriter& writer, const data::List& list, RdbType) {
  struct Blocks {
    RdbWriter& writer;
    void operator()(const data::Chunk& chunk) const {
      ListpackBuilder& listpack = writer.listpack();
      listpack.clear();
      for (uint32_t at = chunk.begin(); at != chunk.end(); at = chunk.next(at)) {
        listpack.add(chunk.item(at).element());
      }
      writer.length(kNodePacked);
      writer.bytes(listpack.finish());
    }
    void operator()(const base::Blob& blob) const {
      writer.length(kNodePlain);
      writer.bytes(blob.view());
    }
  };
  writer.length(list.blocks());
  list.for_each_block(Blocks{writer});
}

void write(RdbWriter& writer, const data::Set& set, RdbType type) {
  if (type == RdbType::set_int_set) {
    writer.bytes(write_int_set(set, writer.scratch()));
    return;
  }
  writer.length(set.size());
  set.for_each([&](const Element& member) { writer.element(member); });
}

void write(RdbWriter& writer, const data::SortedSet& set, RdbType type) {
  if (type == RdbType::zset_listpack) {
    ListpackBuilder& listpack = writer.listpack();
    listpack.clear();
    set.for_each([&](std::string_view name, double score) {
      char text[base::kDoubleCharsMax];
      listpack.add(Element::of(name));
      listpack.add(Element::of({text, base::format_double(text, score)}));
    });
    writer.bytes(listpack.finish());
    return;
  }
  // The last member first: Redis inserts each of them at the head then.
  const size_t size = set.size();
  writer.length(size);
  set.descend(size - 1, size, [&](std::string_view name, double score) {
    writer.text(name);
    writer.real(score);
  });
}

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

void write_fields(RdbWriter& writer, const data::Hash& hash, bool is_expiring) {
  int64_t first_ms = INT64_MAX;
  if (is_expiring) {
    hash.for_all([&](const Element&, const Element&, int64_t expire_at_ms) {
      first_ms = expire_at_ms == data::kNoExpiry ? first_ms : std::min(first_ms, expire_at_ms);
    });
    writer.time_ms(first_ms);
  }
  writer.length(hash.size());
  hash.for_all([&](const Element& name, const Element& value, int64_t expire_at_ms) {
    if (is_expiring) {
      // From 1 on, counted from the first deadline; 0 for none.
      const bool has_deadline = expire_at_ms != data::kNoExpiry;
      writer.length(has_deadline ? static_cast<uint64_t>(expire_at_ms - first_ms) + 1 : 0);
    }
    writer.field(name);
    writer.field(value);
  });
}

void write(RdbWriter& writer, const data::Hash& hash, RdbType type) {
  if (type == RdbType::hash_listpack_expiring) {
    write_expiring_listpack(writer, hash);
  } else if (type == RdbType::hash_listpack) {
    ListpackBuilder& listpack = writer.listpack();
    listpack.clear();
    hash.for_all([&](const Element& name, const Element& value, int64_t) {
      listpack.add(name);
      listpack.add(value);
    });
    writer.bytes(listpack.finish());
  } else {
    write_fields(writer, hash, type == RdbType::hash_expiring);
  }
}

void write(RdbWriter& writer, const data::Stream& stream, RdbType) { write_stream(writer, stream); }

}  // namespace

RdbType type_of(const Entry& entry) {
  if (entry.form() != Form::value) {
    return RdbType::string;
  }
  return store::visit_value(entry, [](const auto& value) { return type_of(value); });
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
      store::visit_value(entry, [&](const auto& value) { write(writer, value, type); });
      break;
  }
}

}  // namespace gyre::persist
