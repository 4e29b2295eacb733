#include "data/set_algebra.h"

namespace gyre::data {

Set combine(SetOperation operation, SetSpan sets, const Limits& limits) {
  Set result;
  const auto add = [&](const Element& element) { return result.add(element, limits), true; };
  switch (operation) {
    case SetOperation::intersection:
      intersect(sets, add);
      break;
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
