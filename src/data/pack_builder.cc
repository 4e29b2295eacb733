#include "data/pack_builder.h"

#include <algorithm>
#include <string_view>

#include "data/name_hash.h"

namespace gyre::data {
namespace {

// Up to so many it takes less to compare all with all.
constexpr uint32_t kFew = 16;

// Calls visit(bytes) for every `stride`th element.
template <typename Visit>
void visit_each(const char* at, const char* end, uint32_t stride, Visit&& visit) {
  while (at != end) {
    visit(std::string_view(at, Packed::size_at(at)));
    for (uint32_t i = 0; i < stride; ++i) {
      at += Packed::size_at(at);
    }
  }
}

}  // namespace

void PackBuilder::grow(size_t wanted) {
  const size_t size = bytes();
  std::vector<char> larger(2 * size + wanted);
  std::copy(begin_, at_, larger.begin());
  many_.swap(larger);
  begin_ = many_.data();
  at_ = begin_ + size;
  end_ = begin_ + many_.size();
}

bool PackBuilder::has_twins(uint32_t stride) const {
  if (count_ <= kFew * stride) {
    return has_twins_of_few(stride);
  }
  std::vector<std::pair<uint64_t, std::string_view>> elements;
  elements.reserve(count_ / stride);
  visit_each(begin_, at_, stride,
             [&](std::string_view bytes) { elements.emplace_back(name_hash(bytes), bytes); });
  std::sort(elements.begin(), elements.end());
  return std::adjacent_find(elements.begin(), elements.end()) != elements.end();
}

bool PackBuilder::has_twins_of_few(uint32_t stride) const {
  std::string_view seen[kFew];
  uint32_t count = 0;
  bool has_twins = false;
  visit_each(begin_, at_, stride, [&](std::string_view bytes) {
    has_twins = has_twins || std::find(seen, seen + count, bytes) != seen + count;
    seen[count++] = bytes;
  });
  return has_twins;
}

}  // namespace gyre::data
