#include "commands/generic/sorting.h"

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::List;
using store::Entry;
using store::Type;

// As strtod() reads it for Redis: up to a NUL, space in front, nothing at all is zero.
std::optional<double> parse_score(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  if (text.empty()) {
    return 0;
  }
  while (!text.empty() && base::is_space(text.front())) {
    text.remove_prefix(1);
  }
  return base::parse_double(text);
}

}  // namespace

Sorting::Sorting(SortOptions options, uint16_t cores, const std::string& locale)
    : options_(std::move(options)),
      collation_(options_.is_alpha && options_.store == 0 ? locale : "C") {
  for (uint16_t core = 0; core < cores; ++core) {
    arenas_.push_back(std::make_unique<SortArena>());
  }
}

// ---- Loading ----

void Sorting::add(std::string_view element) {
  rows_.push_back({keep(element, *arenas_[0]), {}, 0, rows_.size()});
}

// Which of so many rows are wanted.
void Sorting::clip(size_t size) {
  const auto end = static_cast<int64_t>(size);
  const int64_t first = std::clamp<int64_t>(options_.offset, 0, end);
  const int64_t count = options_.count < 0 ? end : options_.count;
  first_ = static_cast<size_t>(first);
  count_ = static_cast<size_t>(std::min(count, end - first));
}

Status Sorting::load(const Entry* entry) {
  if (entry == nullptr) {
    return {};
  }
  switch (entry->type()) {
    case Type::list:
      load_list(entry->value<List>());
      return {};
    case Type::set:
      load_set(entry->value<data::Set>());
      return {};
    case Type::zset:
      load_sorted_set(entry->value<data::SortedSet>());
      return {};
    default:
      return fail(exec::errors::wrong_type);
  }
}

// A list that is not sorted keeps its order, or with DESC the reverse; only what is wanted is read.
void Sorting::load_list(const List& list) {
  clip(list.size());
  const bool is_part = !options_.is_sorted;
  size_t left = is_part ? count_ : list.size();
  if (left == 0) {
    return;
  }
  const bool is_reversed = is_part && options_.is_descending;
  const size_t from = is_reversed ? list.size() - first_ - 1 : is_part ? first_ : 0;
  first_ = is_part ? 0 : first_;
  rows_.reserve(left);
  list.visit(from, is_reversed ? data::Side::back : data::Side::front,
             [&](const data::ListItem& item) {
               data::Digits digits;
               add(item.element().text(digits));
               return --left > 0;
             });
}

// What is stored is the same for the same set, whatever the order of its members: it is sorted.
void Sorting::load_set(const data::Set& set) {
  if (!options_.is_sorted && options_.store != 0) {
    options_.is_sorted = true;
    options_.is_alpha = true;
    options_.by.reset();
  }
  clip(set.size());
  rows_.reserve(set.size());
  set.for_each([&](const Element& element) {
    data::Digits digits;
    add(element.text(digits));
  });
}

void Sorting::load_sorted_set(const data::SortedSet& set) {
  clip(set.size());
  const auto visit = [&](std::string_view name, double) { add(name); };
  if (options_.is_sorted) {
    rows_.reserve(set.size());
    set.for_each(visit);
    return;
  }
  rows_.reserve(count_);
  if (count_ > 0 && options_.is_descending) {
    set.descend(set.size() - first_ - 1, count_, visit);
  } else if (count_ > 0) {
    set.ascend(first_, count_, visit);
  }
  first_ = 0;
}

// ---- Looking up ----

void Sorting::weigh(exec::Engine& at, store::Shard& shard, uint16_t db) {
  if (!options_.is_sorted || !options_.by) {
    return;
  }
  SortReader reader(at, shard, db, *arenas_[at.core_id()]);
  for (Row& row : rows_) {
    reader.read(*options_.by, row.element, row.weight);
  }
}

void Sorting::fetch(exec::Engine& at, store::Shard& shard, uint16_t db) {
  SortReader reader(at, shard, db, *arenas_[at.core_id()]);
  Text* text = found_.data();
  for (const SortPattern& get : options_.gets) {
    for (size_t i = 0; i < count_; ++i, ++text) {
      if (get.has_place) {
        reader.read(get, rows_[first_ + i].element, *text);
      }
    }
  }
}

// ---- Sorting ----

// False if one is no number; a row without a weight counts zero.
bool Sorting::score_all() {
  for (Row& row : rows_) {
    const Text text = options_.by ? row.weight : Text(row.element);
    const std::optional<double> score = text ? parse_score(*text) : 0;
    if (!score) {
      return false;
    }
    row.score = *score;
  }
  return true;
}

int Sorting::collate(std::string_view a, std::string_view b) const {
  return options_.store != 0 ? a.compare(b) : collation_.compare(a.data(), b.data());
}

int Sorting::compare(const Row& a, const Row& b) const {
  if (!options_.is_alpha) {
    return a.score < b.score ? -1 : a.score > b.score ? 1 : a.element.compare(b.element);
  }
  if (!options_.by) {
    return collate(a.element, b.element);
  }
  if (!a.weight || !b.weight) {
    return static_cast<int>(a.weight.has_value()) - static_cast<int>(b.weight.has_value());
  }
  return collate(*a.weight, *b.weight);
}

Status Sorting::arrange() {
  found_.resize(options_.gets.size() * count_);
  if (!options_.is_sorted) {
    return {};
  }
  if (!options_.is_alpha && !score_all()) {
    return fail("ERR One or more scores can't be converted into double");
  }
  const auto is_before = [this](const Row& a, const Row& b) {
    const int order = options_.is_descending ? compare(b, a) : compare(a, b);
    return order != 0 ? order < 0 : a.index < b.index;
  };
  constexpr size_t kFew = 4;  // of so many one
  const size_t end = first_ + count_;
  if (end < rows_.size() / kFew) {
    std::partial_sort(rows_.begin(), rows_.begin() + static_cast<ptrdiff_t>(end), rows_.end(),
                      is_before);
  } else {
    std::sort(rows_.begin(), rows_.end(), is_before);
  }
  return {};
}

// ---- The result ----

template <typename Visit>
void Sorting::visit_result(Visit&& visit) const {
  for (size_t i = 0; i < count_; ++i) {
    const std::string_view element = rows_[first_ + i].element;
    if (options_.gets.empty()) {
      visit(Text(element));
    }
    for (size_t get = 0; get < options_.gets.size(); ++get) {
      visit(options_.gets[get].is_element ? Text(element) : found_[get * count_ + i]);
    }
  }
}

void Sorting::reply(resp::Reply& reply) const {
  reply.array(size());
  visit_result([&](const Text& text) {
    if (text) {
      reply.bulk(*text);
    } else {
      reply.null();
    }
  });
}

List Sorting::to_list(const data::Limits& limits) const {
  size_t bytes = 0;
  visit_result([&](const Text& text) { bytes += List::room_of(Element::of(text.value_or(""))); });
  List list;
  list.reserve(size(), bytes, limits);
  visit_result([&](const Text& text) {
    list.push(data::Side::back, Element::of(text.value_or("")), {}, limits);
  });
  return list;
}

}  // namespace gyre::commands
