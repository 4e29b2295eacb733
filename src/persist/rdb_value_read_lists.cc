// Reading lists and sets.
#include "data/pack_builder.h"
#include "persist/listpack.h"
#include "persist/rdb_int_set.h"
#include "persist/rdb_value_read.h"
#include "persist/ziplist.h"

namespace gyre::persist {
namespace {

using data::Element;

void push(data::List& list, const Element& element, const data::Limits& limits) {
  list.reserve(1, element.size(), limits);
  list.push(data::Side::back, element, {}, limits);
}

template <typename Source>
void push_all(RdbReader& reader, data::List& list, Source source, const data::Limits& limits) {
  Element element;
  while (source.next(element)) {
    push(list, element, limits);
  }
  if (!source.is_sound()) {
    reader.fail();
  }
}

// Elements of one node. What they take is known from a look at all of them, so that a small list is
// made at once.
template <typename Source>
void push_node(RdbReader& reader, data::List& list, Source source, const data::Limits& limits) {
  Source ahead = source;
  Element element;
  size_t count = 0;
  size_t room = 0;
  while (ahead.next(element)) {
    ++count;
    room += data::List::room_of(element);
  }
  list.reserve(count, room, limits);
  list.make_room(room);
  while (source.next(element)) {
    list.push(data::Side::back, element, {}, limits);
  }
  if (!source.is_sound()) {
    reader.fail();
  }
}

void read_nodes(RdbReader& reader, RdbType type, data::List& list, const data::Limits& limits) {
  std::string scratch;
  for (uint64_t left = reader.length(); left > 0 && reader.is_ok(); --left) {
    const bool has_kind = type == RdbType::list_quicklist_2;
    const uint64_t kind = has_kind ? reader.length() : kNodePacked;
    if (kind == kNodePlain) {
      const Element element = reader.element(scratch);
      if (element.size() == 0) {
        reader.fail();
      }
      push(list, element, limits);
    } else if (kind != kNodePacked) {
      reader.fail();
    } else if (has_kind) {
      push_node(reader, list, ListpackReader(reader.block(scratch)), limits);
    } else {
      push_node(reader, list, ZiplistReader(reader.block(scratch)), limits);
    }
  }
}

template <typename Source>
void add_all(RdbReader& reader, data::Set& set, Source source, const data::Limits& limits) {
  Element member;
  while (source.next(member)) {
    if (!set.add(member, limits)) {
      reader.fail();  // twice there
      return;
    }
  }
  if (!source.is_sound()) {
    reader.fail();
  }
}

// Makes a packed set of all members, if it is to be one and they are in order.
template <typename Source>
bool pack_all(Source source, data::Set& set, const data::Limits& limits) {
  data::PackBuilder pack;
  bool has_text = false;
  Element member;
  while (source.next(member)) {
    if (pack.count() == limits.set_pack_entries || member.size() > limits.set_pack_value) {
      return false;
    }
    has_text = has_text || !member.is_number();
    pack.add(data::Packed(member));
  }
  if (!source.is_sound() || !has_text || !pack.can_be_made() || pack.has_twins(1)) {
    return false;
  }
  set = data::Set::of_pack(pack.make());
  return true;
}

void read_members(RdbReader& reader, data::Set& set, const data::Limits& limits) {
  const uint64_t count = reader.length();
  if (count <= limits.set_pack_entries) {
    RdbReader ahead = reader;
    if (pack_all(StringsReader(ahead, count), set, limits)) {
      reader = ahead;
      return;
    }
  }
  StringsReader members(reader, count);
  Element first;
  if (members.next(first)) {
    set.reserve(count, first, limits);
    set.add(first, limits);
    add_all(reader, set, std::move(members), limits);
  }
}

}  // namespace

data::List read_list(RdbReader& reader, RdbType type, const data::Limits& limits) {
  data::List list;
  std::string scratch;
  if (type == RdbType::list) {
    push_all(reader, list, StringsReader(reader, reader.length()), limits);
  } else if (type == RdbType::list_ziplist) {
    push_node(reader, list, ZiplistReader(reader.block(scratch)), limits);
  } else {
    read_nodes(reader, type, list, limits);
  }
  return list;
}

data::Set read_set(RdbReader& reader, RdbType type, const data::Limits& limits) {
  data::Set set;
  std::string scratch;
  if (type == RdbType::set) {
    read_members(reader, set, limits);
  } else if (type == RdbType::set_int_set) {
    add_all(reader, set, IntSetReader(reader.block(scratch)), limits);
  } else {
    const ListpackReader members(reader.block(scratch));
    if (!pack_all(members, set, limits)) {
      add_all(reader, set, members, limits);
    }
  }
  return set;
}

}  // namespace gyre::persist
