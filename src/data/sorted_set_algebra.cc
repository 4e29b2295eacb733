#include "data/sorted_set_algebra.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace gyre::data {

std::optional<double> ScoredSource::score(std::string_view name) const {
  if (sorted_ != nullptr) {
    const SortedSet::Place place = sorted_->find(name);
    return place ? std::optional(place.score()) : std::nullopt;
  }
  return plain_ != nullptr && plain_->contains(Element::of(name)) ? std::optional(1.0)
                                                                  : std::nullopt;
}

namespace {

using Sources = std::span<const ScoredSource>;

// Weights and infinities can make what is no number; such a score is 0.
double number_or_zero(double score) { return std::isnan(score) ? 0 : score; }

double aggregate_two(double score, double other, Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::sum:
      return number_or_zero(score + other);
    case Aggregate::min:
      return other < score ? other : score;
    case Aggregate::max:
      return other > score ? other : score;
  }
  GYRE_UNREACHABLE();
}

// The smallest first: what it does not have need not be looked for. Sums of doubles depend on their
// order, so equal sizes stay as they are.
std::vector<ScoredSource> by_size(Sources sources) {
  std::vector<std::pair<size_t, size_t>> order;  // sizes, indexes
  for (size_t i = 0; i < sources.size(); ++i) {
    order.emplace_back(sources[i].size(), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<ScoredSource> sorted;
  for (const auto& [size, index] : order) {
    sorted.push_back(sources[index]);
  }
  return sorted;
}

// Members of a result that is not in order yet.
class Gathered {
 public:
  ScoredTable::Place find(const ScoredName& name) const { return members_.find(name); }
  void add(const ScoredName& name, double score) {
    members_.insert(name.hash, Scored::make(name.name, score));
    name_size_ = std::max(name_size_, name.name.size());
  }
  SortedSet finish(const Limits& limits) {
    return SortedSet::make(std::move(members_), name_size_, limits);
  }

 private:
  ScoredTable members_;
  size_t name_size_ = 0;
};

void intersect(Sources sources, Aggregate aggregate, Gathered& result) {
  const std::vector<ScoredSource> order = by_size(sources);
  order[0].visit_while([&](std::string_view name, double own) {
    double score = number_or_zero(order[0].weight * own);
    for (size_t i = 1; i < order.size(); ++i) {
      const std::optional<double> other =
          order[i].is_same(order[0]) ? std::optional(own) : order[i].score(name);
      if (!other) {
        return true;
      }
      score = aggregate_two(score, *other * order[i].weight, aggregate);
    }
    result.add(ScoredName(name), score);
    return true;
  });
}

void unite(Sources sources, Aggregate aggregate, Gathered& result) {
  for (const ScoredSource& source : by_size(sources)) {
    source.visit_while([&](std::string_view text, double own) {
      const double score = number_or_zero(source.weight * own);
      const ScoredName name(text);
      if (const ScoredTable::Place place = result.find(name)) {
        place.item().set_score(aggregate_two(place.item().score(), score, aggregate));
      } else {
        result.add(name, score);
      }
      return true;
    });
  }
}

void subtract(Sources sources, Gathered& result) {
  const std::span<const ScoredSource> others = sources.subspan(1);
  if (std::any_of(others.begin(), others.end(),
                  [&](const ScoredSource& other) { return other.is_same(sources[0]); })) {
    return;
  }
  sources[0].visit_while([&](std::string_view name, double score) {
    if (std::none_of(others.begin(), others.end(),
                     [&](const ScoredSource& other) { return other.score(name).has_value(); })) {
      result.add(ScoredName(name), score);
    }
    return true;
  });
}

}  // namespace

SortedSet combine(ScoredOperation operation, Sources sources, Aggregate aggregate,
                  const Limits& limits) {
  Gathered result;
  switch (operation) {
    case ScoredOperation::intersection:
      intersect(sources, aggregate, result);
      break;
    case ScoredOperation::unification:
      unite(sources, aggregate, result);
      break;
    case ScoredOperation::difference:
      subtract(sources, result);
      break;
  }
  return result.finish(limits);
}

size_t count_common(Sources sources, size_t limit) {
  const std::vector<ScoredSource> order = by_size(sources);
  size_t count = 0;
  order[0].visit_while([&](std::string_view name, double) {
    for (size_t i = 1; i < order.size(); ++i) {
      if (!order[i].is_same(order[0]) && !order[i].score(name)) {
        return true;
      }
    }
    return ++count != limit;
  });
  return count;
}

}  // namespace gyre::data
