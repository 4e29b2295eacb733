// Intersections, unions and differences of sets.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "data/set.h"

namespace gyre::data {

// Null stands for a set of nothing.
using SetSpan = std::span<const Set* const>;

inline bool is_smaller(const Set* set, const Set* other) { return set->size() < other->size(); }

// Calls visit(const Element&) for every member of all the sets, until it returns false. The
// elements are those of one of the sets, and good as long as it does not change.
template <typename Visit>
void intersect(SetSpan sets, Visit&& visit) {
  if (std::find(sets.begin(), sets.end(), nullptr) != sets.end()) {
    return;
  }
  // What is in the smallest set is looked for in the others, the next smaller one first: there it
  // is missing most likely.
  std::vector<const Set*> order(sets.begin(), sets.end());
  std::sort(order.begin(), order.end(), is_smaller);
  order[0]->visit_while([&](const Element& element) {
    for (size_t i = 1; i < order.size(); ++i) {
      if (order[i] != order[0] && !order[i]->contains(element)) {
        return true;
      }
    }
    return static_cast<bool>(visit(element));
  });
}

// Calls visit(const Element&) for every member of the first set that is in none of the others.
template <typename Visit>
void subtract(SetSpan sets, Visit&& visit) {
  if (sets[0] == nullptr || std::find(sets.begin() + 1, sets.end(), sets[0]) != sets.end()) {
    return;
  }
  // The largest of the others is the most likely to have a member.
  std::vector<const Set*> others(sets.begin() + 1, sets.end());
  std::erase(others, nullptr);
  std::sort(others.begin(), others.end(),
            [](const Set* a, const Set* b) { return a->size() > b->size(); });
  sets[0]->for_each([&](const Element& element) {
    for (const Set* other : others) {
      if (other->contains(element)) {
        return;
      }
    }
    visit(element);
  });
}

enum class SetOperation : uint8_t { intersection, unification, difference };

// The result as a set of its own.
Set combine(SetOperation operation, SetSpan sets, const Limits& limits);

}  // namespace gyre::data
