// Adding up, and the words for what does not add up.
#include "delivery_check.h"

#include <fmt/core.h>

namespace gyre::consistency {

namespace {

constexpr size_t kTold = 5;

}  // namespace

void Deliveries::join(const Deliveries& other) {
  for (uint32_t i = 0; i < other.elements_.size(); i++) {
    const Element& theirs = other.elements_[i];
    if (theirs.delivered == 0 && theirs.pushed == 0 && theirs.may_be_pushed == 0) continue;
    Element& mine = at(i);
    mine.delivered += theirs.delivered;
    mine.pushed |= theirs.pushed;
    mine.may_be_pushed |= theirs.may_be_pushed;
  }
  allowed_ += other.allowed_;
}

Deliveries::Verdict Deliveries::check() const {
  Verdict verdict{.allowed = allowed_};
  const auto tell = [&verdict](std::string what) {
    if (verdict.wrongs.size() < kTold) verdict.wrongs.push_back(std::move(what));
  };
  std::string lost;
  for (uint32_t i = 0; i < elements_.size(); i++) {
    const Element& element = elements_[i];
    verdict.pushed += element.pushed;
    if (element.delivered > 1) tell(fmt::format("{} was delivered {} times", i, element.delivered));
    if (element.delivered > 0 && element.pushed == 0 && element.may_be_pushed == 0) {
      tell(fmt::format("{} was delivered, but nobody pushed it", i));
    }
    if (element.pushed == 0 || element.delivered > 0) continue;
    if (++verdict.lost <= kTold) lost += fmt::format(" {}", i);
  }
  if (verdict.lost > allowed_) {
    tell(
        fmt::format("{} elements are lost, and killed clients account for {} at most; among them{}",
                    verdict.lost, allowed_, lost));
  }
  return verdict;
}

}  // namespace gyre::consistency
