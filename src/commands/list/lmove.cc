// LMOVE, RPOPLPUSH, and what BLMOVE and BRPOPLPUSH do when they can.
#include "commands/list/lmove.h"

#include <string>
#include <utility>

#include "commands/blocking_options.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::List;
using data::ListItem;
using data::Side;
using exec::Carry;
using exec::KeyRef;
using exec::Request;
using resp::Reply;
using store::Entry;
using store::Shard;

constexpr uint32_t kFrom = 1;  // positions of the keys
constexpr uint32_t kTo = 2;

using Sides = MoveSides;

ListItem item_at(const List& list, Side side) {
  return list.at(side == Side::front ? 0 : list.size() - 1);
}

// An entry that takes one element to another core.
Entry* make_carried(const ListItem& item) {
  if (item.blob() != nullptr) {
    resp::framed(*item.blob());  // now, because from here on two cores may reply with it
    item.blob()->ref();
    return Entry::make_blob("", item.blob(), Entry::kNever);
  }
  const Element element = item.element();
  if (element.is_number()) {
    return Entry::make_integer("", element.number(), Entry::kNever);
  }
  const std::string_view bytes = element.bytes();
  return bytes.size() <= Entry::kInlineMax
             ? Entry::make_inline("", bytes, Entry::kNever)
             : Entry::make_blob("", base::Blob::make(bytes), Entry::kNever);
}

}  // namespace

Result<MoveSides> parse_move_sides(const Request& request) {
  if (request.size() <= 4) {
    return MoveSides{};  // RPOPLPUSH, BRPOPLPUSH
  }
  const std::optional<Side> from = parse_side(request.arg(3));
  const std::optional<Side> to = parse_side(request.arg(4));
  if (!from || !to) {
    return fail(exec::errors::syntax);
  }
  return MoveSides{*from, *to};
}

// Whether there is a source, and whether both are lists; the type of the destination counts only if
// there is a source.
Status lmove_read(Request& request, Shard& shard, Carry& carry) {
  GYRE_TRY_LET(sides, parse_move_sides(request));
  if (request.command->shape.blocking != nullptr) {
    GYRE_TRY(parse_timeout(request.arg(request.size() - 1)));
  }
  for (const KeyRef& ref : request.keys) {
    Entry* entry = shard.db(request.db).find_for_write(request.key_at(ref));
    Carry::Item& item = carry.at(ref.position);
    item.exists = entry != nullptr;
    const auto list = value_in<List>(entry);
    item.number = list ? 0 : 1;  // 1: of another type
    if (ref.position == kFrom && list && *list != nullptr && !carry.is_here) {
      item.entry = make_carried(item_at(**list, sides.from));
    }
  }
  return {};
}

namespace {

void push_to(Request& request, Shard& shard, const KeyRef& ref, Side side, const Element& element,
             base::BlobRef blob) {
  store::Keyspace& db = shard.db(request.db);
  const store::Key key = request.key_at(ref);
  Entry* entry = db.find_for_write(key);
  List& list = entry != nullptr ? entry->value<List>() : make_value<List>(db, key);
  const data::Limits& limits = shard.options().limits;
  list.reserve(1, element.size(), limits);
  list.push(side, element, std::move(blob), limits);
  data::Digits digits;
  shard.record(db.index(), {kPushes[static_cast<size_t>(side)], key.name, element.text(digits)});
  shard.commit(db, key, kListPushed[static_cast<size_t>(side)]);
}

List& source_of(const Request& request, Shard& shard) {
  const store::Key key = request.key_at(request.keys[0]);
  return shard.db(request.db).find_for_write(key)->value<List>();
}

void pop_from(const Request& request, Shard& shard, Side side) {
  pop_item(shard, shard.db(request.db), request.key_at(request.keys[0]), source_of(request, shard),
           side);
}

base::BlobRef new_reference(base::Blob* blob) {
  if (blob != nullptr) {
    blob->ref();
  }
  return base::BlobRef(blob);
}

// From one end of a list to the other: what is added must not lie in it.
void rotate(Request& request, Shard& shard, const Sides& sides, const ListItem& item) {
  const data::Limits& limits = shard.options().limits;
  base::BlobRef blob = new_reference(item.blob());
  Element element = item.element();
  std::string copy;
  if (!element.is_number() && !blob) {
    copy = element.bytes();
    element = Element::of_bytes(copy);
  }
  source_of(request, shard).pop(sides.from, limits);
  shard.record(request.db,
               {kPops[static_cast<size_t>(sides.from)], request.key_at(request.keys[0]).name});
  push_to(request, shard, request.keys[1], sides.to, element, std::move(blob));
  source_of(request, shard).settle(limits);
  shard.commit(shard.db(request.db), request.key_at(request.keys[0]),
               kListPopped[static_cast<size_t>(sides.from)]);
}

void move_here(Request& request, Shard& shard, const Sides& sides, Reply& reply) {
  const ListItem item = item_at(source_of(request, shard), sides.from);
  reply_item(reply, item);
  if (request.arg(kFrom) == request.arg(kTo)) {
    rotate(request, shard, sides, item);
    return;
  }
  push_to(request, shard, request.keys[1], sides.to, item.element(), new_reference(item.blob()));
  pop_from(request, shard, sides.from);
}

// The carried element stays where it is, because the source's core may need it too.
void push_carried(Request& request, Shard& shard, Side side, const Entry& carried) {
  const KeyRef& ref = request.keys[0];
  if (carried.form() == store::Form::integer) {
    push_to(request, shard, ref, side, Element(carried.integer()), {});
  } else if (carried.form() == store::Form::inlined) {
    push_to(request, shard, ref, side, Element::of_bytes(carried.inlined()), {});
  } else {
    base::Blob* blob = carried.blob();
    push_to(request, shard, ref, side, Element::of_bytes(blob->view()), new_reference(blob));
  }
}

// The source's time may have come since it was read: the element has been moved all the same.
void pop_carried(Request& request, Shard& shard, Side side, const Entry& carried, Reply& reply) {
  store::Keyspace& db = shard.db(request.db);
  const store::Key key = request.key_at(request.keys[0]);
  Entry* entry = db.find_for_write(key);
  if (entry != nullptr) {
    List& list = entry->value<List>();
    reply_item(reply, item_at(list, side));
    pop_item(shard, db, key, list, side);
  } else if (carried.form() == store::Form::integer) {
    reply.bulk_integer(carried.integer());
  } else {
    reply.bulk(carried.form() == store::Form::inlined ? carried.inlined() : carried.blob()->view());
  }
}

}  // namespace

// Every core concerned comes to the same result; the core of the source answers.
Status lmove(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  GYRE_TRY_LET(sides, parse_move_sides(request));
  const Carry::Item& source = carry.at(kFrom);
  const bool answers = owns_key(request, kFrom);
  if (!source.exists) {
    if (answers && request.command->shape.blocking != nullptr) {
      return exec::Engine::current().nothing_yet(request, reply);
    }
    if (answers) {
      reply.null();
    }
    return {};
  }
  if (source.number != 0 || carry.at(kTo).number != 0) {
    return answers ? fail(exec::errors::wrong_type) : Status{};
  }
  if (carry.is_here) {
    move_here(request, shard, sides, reply);
  } else if (answers) {
    pop_carried(request, shard, sides.from, *source.entry, reply);
  } else {
    push_carried(request, shard, sides.to, *source.entry);
  }
  return {};
}

namespace {

constexpr exec::KeySpec kMoveKeys[] = {
    {.flags = "RW access delete"},
    {.flags = "RW insert", .index = 2},
};

constexpr exec::Command kRows[] = {
    {.name = "LMOVE",
     .since = "6.2.0",
     .group = exec::Group::list,
     .complexity = "O(1)",
     .summary = "Moves the element at one end of a list to an end of another, and returns it.",
     .syntax = "source destination LEFT|RIGHT LEFT|RIGHT",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kMoveKeys,
     .shape = exec::gather(lmove_read, lmove)},
    {.name = "RPOPLPUSH",
     .since = "1.2.0",
     .group = exec::Group::list,
     .complexity = "O(1)",
     .summary = "Moves the last element of a list to the head of another, and returns it.",
     .syntax = "source destination",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kMoveKeys,
     .shape = exec::gather(lmove_read, lmove),
     .deprecated_since = "6.2.0",
     .replaced_by = "`LMOVE` with the `RIGHT` and `LEFT` arguments"},
};

}  // namespace

extern const exec::Rows list_lmove{kRows};

}  // namespace gyre::commands
