// Was every element delivered exactly once? Counting, with allowance for clients that were killed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gyre::consistency {

// Elements are numbers from 1 on. Not thread-safe: each client notes for itself, join() adds up.
class Deliveries {
 public:
  // An element whose push was answered; `may` if the answer never came, so it may be there or not.
  void pushed(uint32_t element) { at(element).pushed = 1; }
  void may_be_pushed(uint32_t element) { at(element).may_be_pushed = 1; }
  // An element that was answered to a client, or was found at the end where none takes it any more.
  void delivered(uint32_t element) { at(element).delivered++; }
  // A pop of at most `count` elements got no answer: what it took is gone with the client.
  void pop_was_cut(uint32_t count) { allowed_ += count; }

  void join(const Deliveries& other);

  struct Verdict {
    uint64_t pushed = 0, lost = 0, allowed = 0;
    std::vector<std::string> wrongs;  // the first few; empty if all is well
  };
  Verdict check() const;

 private:
  struct Element {
    uint32_t delivered = 0;
    uint8_t pushed = 0, may_be_pushed = 0;
  };

  Element& at(uint32_t element) {
    if (element >= elements_.size()) elements_.resize(element + element / 2 + 64);
    return elements_[element];
  }

  std::vector<Element> elements_;
  uint64_t allowed_ = 0;
};

}  // namespace gyre::consistency
