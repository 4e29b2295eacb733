#include "data/member.h"

#include "base/heap.h"
#include "base/small.h"
#include "data/sized_text.h"

namespace gyre::data {

Member Member::make(const Element& element) {
  constexpr int64_t kNumberMax = int64_t{1} << (kNumberBits - 1);
  constexpr size_t kCodeMax = 7;
  constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  if (element.is_number() && element.number() >= -kNumberMax && element.number() < kNumberMax) {
    return Member((static_cast<uint64_t>(element.number()) << 1 & kMask) | 1);
  }
  Digits digits;
  const std::string_view text = element.text(digits);
  if (!text.empty() && text.size() % 8 == 0 && text.size() / 8 <= kCodeMax) {
    auto* block = static_cast<char*>(base::heap_alloc(text.size()));
    std::memcpy(block, text.data(), text.size());
    const uint64_t code = text.size() / 8;
    return Member(reinterpret_cast<uint64_t>(block) | (code & 3) << 1 | code >> 2 << 47);
  }
  auto* block = static_cast<char*>(base::heap_alloc(SizedText::room_of(text.size())));
  SizedText::write(block, text);
  return Member(reinterpret_cast<uint64_t>(block));
}

void Member::destroy(Member member) {
  if (!member.is_number()) {
    base::heap_free(member.block(), member.memory());
  }
}

Member Member::clone() const { return is_number() ? *this : make(Element::of_bytes(text())); }

std::string_view Member::text() const {
  const size_t eighth = code();
  return eighth != 0 ? std::string_view(block(), eighth * 8) : SizedText::read(block());
}

Element Member::element() const {
  // A number that did not fit is a text here.
  return is_number() ? Element(number()) : Element::of(text());
}

bool Member::is(const Element& element) const {
  if (is_number() || !element.is_number()) {
    if (is_number()) {
      return element.is_number() && element.number() == number();
    }
    const std::string_view mine = text();
    return mine.size() == element.bytes().size() &&
           base::equal_small(mine.data(), element.bytes().data(), mine.size());
  }
  Digits digits;
  return text() == element.text(digits);
}

size_t Member::memory() const {
  if (is_number()) {
    return 0;
  }
  const size_t eighth = code();
  return base::heap_class(eighth != 0 ? eighth * 8 : SizedText::room_of(text().size()));
}

}  // namespace gyre::data
