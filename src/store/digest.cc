#include "store/digest.h"

#include <algorithm>

#include "base/number.h"
#include "base/sha1.h"
#include "base/text.h"
#include "store/value.h"

namespace gyre::store {
namespace {

std::string_view view_of(const std::array<uint8_t, 20>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Redis's numbers of types.
char type_number(Type type) {
  switch (type) {
    case Type::string:
      return 0;
    case Type::list:
      return 1;
    case Type::set:
      return 2;
    case Type::zset:
      return 3;
    case Type::hash:
      return 4;
    case Type::stream:
      return 6;
  }
  GYRE_UNREACHABLE();
}

// One for each type of visit_value().
void add_elements(Digest& digest, const data::List& list) {
  list.visit(0, [&](const data::ListItem& item) {
    data::Digits digits;
    digest.mix(item.element().text(digits));
    return true;
  });
}
void add_elements(Digest& digest, const data::Set& set) {
  set.for_each([&](const data::Element& element) {
    data::Digits digits;
    digest.add(element.text(digits));
  });
}

void add_elements(Digest& digest, const data::SortedSet& set) {
  set.for_each([&](std::string_view name, double score) {
    char text[base::kDoubleCharsMax];
    Digest member;
    member.mix(name);
    member.mix({text, base::format_double(text, score)});
    digest.add(member);
  });
}

void add_elements(Digest& digest, const data::Hash& hash) {
  hash.for_all([&](const data::Element& name, const data::Element& value, int64_t expire_at_ms) {
    data::Digits digits;
    Digest field;
    field.mix(name.text(digits));
    field.mix(value.text(digits));
    if (expire_at_ms != data::kNoExpiry) {
      field.add("!!hexpire!!");
    }
    digest.add(field);
  });
}

void add_elements(Digest& digest, const data::Stream& stream) {
  stream.visit({}, data::StreamId::max(), [&](const data::StreamEntry& entry) {
    char id[data::StreamId::kCharsMax];
    const size_t size = entry.id().format(id);
    *std::find(id, id + size, '-') = '.';
    digest.mix({id, size});
    entry.for_each([&](const data::Element& name, const data::Element& value) {
      data::Digits digits;
      digest.mix(name.text(digits));
      digest.mix(value.text(digits));
    });
    return true;
  });
}

}  // namespace

void Digest::add(std::string_view bytes) {
  const base::Sha1::Digest hash = base::Sha1::of(bytes);
  for (size_t i = 0; i < bytes_.size(); ++i) {
    bytes_[i] = static_cast<uint8_t>(bytes_[i] ^ hash[i]);
  }
}

void Digest::mix(std::string_view bytes) {
  add(bytes);
  bytes_ = base::Sha1::of(view_of(bytes_));
}

void Digest::add(const Digest& other) { add(view_of(other.bytes_)); }

void Digest::merge(const Digest& other) {
  for (size_t i = 0; i < bytes_.size(); ++i) {
    bytes_[i] = static_cast<uint8_t>(bytes_[i] ^ other.bytes_[i]);
  }
}

std::string Digest::hex() const { return base::to_hex(bytes_); }

void mix_value(Digest& digest, const Entry& entry) {
  const char type[4] = {0, 0, 0, type_number(entry.type())};
  digest.mix({type, sizeof type});
  char number[base::kIntCharsMax];
  switch (entry.form()) {
    case Form::inlined:
      digest.mix(entry.inlined());
      break;
    case Form::integer:
      digest.mix({number, base::format_int64(number, entry.integer())});
      break;
    case Form::blob:
      digest.mix(entry.blob()->view());
      break;
    case Form::value:
      visit_value(entry, [&](const auto& value) { add_elements(digest, value); });
      break;
  }
  if (entry.has_expiry()) {
    digest.add("!!expire!!");
  }
}

Digest entry_digest(const Entry& entry) {
  Digest digest;
  digest.mix(entry.key());
  mix_value(digest, entry);
  return digest;
}

}  // namespace gyre::store
