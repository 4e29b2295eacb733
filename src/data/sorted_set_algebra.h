// Unions, intersections and differences of sorted sets and sets, with scores that come together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "data/set.h"
#include "data/sorted_set.h"

namespace gyre::data {

// One of the sets: a sorted one, a plain one, whose members have the score 1, or none at all.
class ScoredSource {
 public:
  ScoredSource() = default;
  explicit ScoredSource(const SortedSet* set) : sorted_(set) {}
  explicit ScoredSource(const Set* set) : plain_(set) {}

  size_t size() const {
    return sorted_ != nullptr ? sorted_->size() : plain_ != nullptr ? plain_->size() : 0;
  }
  bool is_same(const ScoredSource& other) const {
    return sorted_ == other.sorted_ && plain_ == other.plain_;
  }
  std::optional<double> score(std::string_view name) const;
  // Calls visit(std::string_view name, double score) for every member, until it returns false.
  template <typename Visit>
  void visit_while(Visit&& visit) const;

  double weight = 1;

 private:
  const SortedSet* sorted_ = nullptr;
  const Set* plain_ = nullptr;
};

enum class Aggregate : uint8_t { sum, min, max };
enum class ScoredOperation : uint8_t { intersection, unification, difference };

// The result as a sorted set of its own. A difference has the scores of the first set.
SortedSet combine(ScoredOperation operation, std::span<const ScoredSource> sources,
                  Aggregate aggregate, const Limits& limits);

// How many members the sets have in common; counts up to `limit` if it is not 0.
size_t count_common(std::span<const ScoredSource> sources, size_t limit);

template <typename Visit>
void ScoredSource::visit_while(Visit&& visit) const {
  if (sorted_ != nullptr) {
    sorted_->visit_while(visit);
  } else if (plain_ != nullptr) {
    plain_->visit_while([&](const Element& element) {
      Digits digits;
      return static_cast<bool>(visit(element.text(digits), 1.0));
    });
  }
}

}  // namespace gyre::data
