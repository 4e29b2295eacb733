#include "data/set_algebra.h"

#include <algorithm>

namespace gyre::data {

namespace {

// Redis's encodings: where the smallest set is none of integers, the result is a pack until its end
// is known, so that it need not be a table because of many integers.
Set intersection(SetSpan sets, const Limits& limits) {
  const bool has_all = std::find(sets.begin(), sets.end(), nullptr) == sets.end();
  const auto smallest =
      has_all ? std::min_element(sets.begin(), sets.end(), is_smaller) : sets.end();
  Limits begin = limits;
  if (smallest != sets.end() && !(*smallest)->is_ints()) {
    begin.set_ints = std::max(limits.set_ints, limits.set_pack_entries);
  }
  Set result;
  intersect(sets, [&](const Element& element) { return result.add(element, begin), true; });
  result.settle(limits);
  return result;
}

}  // namespace

Set combine(SetOperation operation, SetSpan sets, const Limits& limits) {
  Set result;
  const auto add = [&](const Element& element) { return result.add(element, limits), true; };
  switch (operation) {
    case SetOperation::intersection:
      return intersection(sets, limits);
    case SetOperation::unification:
      for (const Set* set : sets) {
        if (set != nullptr) {
          set->for_each(add);
        }
      }
      break;
    case SetOperation::difference:
      subtract(sets, add);
      break;
  }
  return result;
}

}  // namespace gyre::data
