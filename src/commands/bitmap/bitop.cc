// BITOP: bitwise operations between strings, on whichever cores they are.
#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "commands/string/strings.h"
#include "exec/carry.h"

namespace gyre::commands {
namespace {

using exec::Carry;
using store::Entry;

constexpr uint32_t kTo = 2;  // position of the destination; the sources follow

enum class Operation : uint8_t { and_, or_, xor_, not_, diff, diff1, andor, one };

constexpr std::string_view kNames[] = {"AND", "OR", "XOR", "NOT", "DIFF", "DIFF1", "ANDOR", "ONE"};

Result<Operation> parse_operation(const exec::Request& request) {
  const auto* name = std::find_if(
      std::begin(kNames), std::end(kNames),
      [&](std::string_view known) { return base::equals_ignore_case(known, request.arg(1)); });
  if (name == std::end(kNames)) {
    return fail(exec::errors::syntax);
  }
  const auto operation = static_cast<Operation>(name - std::begin(kNames));
  const size_t sources = request.size() - 3;
  if (operation == Operation::not_ && sources != 1) {
    return fail("ERR BITOP NOT must be called with a single source key.");
  }
  const bool has_first = operation == Operation::diff || operation == Operation::diff1 ||
                         operation == Operation::andor;
  if (has_first && sources < 2) {
    return exec::format_error("ERR BITOP %s must be called with at least two source keys.",
                              name->data());
  }
  return operation;
}

Status bitop_read(exec::Request& request, store::Shard& shard, Carry& carry) {
  GYRE_TRY(parse_operation(request));
  for (const exec::KeyRef& ref : request.keys) {
    if (ref.position == kTo) {
      continue;
    }
    const Entry* entry = shard.db(request.db).find(request.key_at(ref));
    if (entry == nullptr) {
      continue;
    }
    if (entry->type() != store::Type::string) {
      return fail(exec::errors::wrong_type);
    }
    carry.at(ref.position).entry = Entry::clone(*entry, "", Entry::kNever);
  }
  return {};
}

// The sources' bytes, a shorter one as if zeros followed.
class Sources {
 public:
  explicit Sources(const Carry& carry) {
    scratches_.resize(carry.items.size());
    for (size_t i = 0; i < carry.items.size(); ++i) {
      const Carry::Item& item = carry.items[i];
      if (item.position != kTo) {
        texts_.push_back(item.entry == nullptr ? std::string_view()
                                               : string_bytes(*item.entry, scratches_[i]));
        size_ = std::max(size_, texts_.back().size());
      }
    }
  }

  size_t size() const { return size_; }

  // out = the operation over all sources.
  void combine(Operation operation, char* out) const {
    std::memset(out, 0, size_);
    std::copy(texts_[0].begin(), texts_[0].end(), out);
    switch (operation) {
      case Operation::and_:
        for_others([&](size_t i, char byte) { out[i] = static_cast<char>(out[i] & byte); });
        break;
      case Operation::or_:
        for_others([&](size_t i, char byte) { out[i] = static_cast<char>(out[i] | byte); });
        break;
      case Operation::xor_:
        for_others([&](size_t i, char byte) { out[i] = static_cast<char>(out[i] ^ byte); });
        break;
      case Operation::not_:
        for (size_t i = 0; i < size_; ++i) {
          out[i] = static_cast<char>(~out[i]);
        }
        break;
      case Operation::diff:
        for_others([&](size_t i, char byte) { out[i] = static_cast<char>(out[i] & ~byte); });
        break;
      case Operation::diff1:
      case Operation::andor:
        against_first(operation, out);
        break;
      case Operation::one:
        exactly_one(out);
        break;
    }
  }

 private:
  // Calls `apply(index, byte)` for all bytes of all sources but the first.
  template <typename Apply>
  void for_others(Apply&& apply) const {
    for (size_t source = 1; source < texts_.size(); ++source) {
      const std::string_view text = texts_[source];
      for (size_t i = 0; i < text.size(); ++i) {
        apply(i, text[i]);
      }
      for (size_t i = text.size(); i < size_; ++i) {
        apply(i, '\0');
      }
    }
  }

  // What any of the others has and the first lacks, or has too.
  void against_first(Operation operation, char* out) const {
    std::string any(size_, '\0');
    for_others([&](size_t i, char byte) { any[i] = static_cast<char>(any[i] | byte); });
    for (size_t i = 0; i < size_; ++i) {
      out[i] =
          static_cast<char>(operation == Operation::diff1 ? any[i] & ~out[i] : any[i] & out[i]);
    }
  }

  void exactly_one(char* out) const {
    std::string many(size_, '\0');  // what two or more have
    for_others([&](size_t i, char byte) {
      many[i] = static_cast<char>(many[i] | (out[i] & byte));
      out[i] = static_cast<char>(out[i] | byte);
    });
    for (size_t i = 0; i < size_; ++i) {
      out[i] = static_cast<char>(out[i] & ~many[i]);
    }
  }

  std::vector<std::string_view> texts_;
  std::vector<Scratch> scratches_;
  size_t size_ = 0;
};

Status bitop_write(exec::Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  const auto to = std::find_if(request.keys.begin(), request.keys.end(),
                               [](const exec::KeyRef& ref) { return ref.position == kTo; });
  if (to == request.keys.end()) {
    return {};
  }
  GYRE_TRY_LET(operation, parse_operation(request));
  store::Keyspace& db = shard.db(request.db);
  const store::Key key = request.key_at(*to);
  const Sources sources(carry);
  const size_t size = sources.size();
  if (size == 0) {
    if (db.erase(key)) {
      shard.commit(db, key, store::Event::del);
    }
  } else if (size <= Entry::kInlineMax) {
    Entry* entry = Entry::make_room(key.name, size, Entry::kNever);
    sources.combine(operation, entry->inlined_data());
    entry->set_raw(true);
    db.put(key, entry);
    shard.commit(db, key, store::Event::set);
  } else {
    base::Blob* blob = base::Blob::make(size);
    blob->size = size;
    sources.combine(operation, blob->data());
    db.put(key, Entry::make_blob(key.name, blob, Entry::kNever));
    shard.commit(db, key, store::Event::set);
  }
  reply.integer(static_cast<int64_t>(size));
  return {};
}

constexpr exec::KeySpec kKeys[] = {
    {.flags = "OW update", .index = 2},
    {.flags = "RO access", .index = 3, .last = -1},
};
constexpr exec::Change kHistory[] = {{"8.2.0", "Added the DIFF, DIFF1, ANDOR and ONE operations."}};

constexpr exec::Command kRows[] = {
    {.name = "BITOP",
     .since = "2.6.0",
     .group = exec::Group::bitmap,
     .complexity = "O(N) where N is the size of all strings together",
     .summary = "Stores the result of a bitwise operation between strings.",
     .syntax = "<AND|OR|XOR|NOT|DIFF|DIFF1|ANDOR|ONE> destkey key [key ...]",
     .history = kHistory,
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kKeys,
     .shape = exec::gather(bitop_read, bitop_write)},
};

}  // namespace

extern const exec::Rows bitmap_bitop{kRows};

}  // namespace gyre::commands
