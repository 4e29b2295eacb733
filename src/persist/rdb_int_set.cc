#include "persist/rdb_int_set.h"

#include <algorithm>

#include "persist/little_endian.h"

namespace gyre::persist {
namespace {

constexpr size_t kHeader = 8;

size_t width_of(int64_t number) {
  return number == static_cast<int16_t>(number)   ? 2
         : number == static_cast<int32_t>(number) ? 4
                                                  : 8;
}

}  // namespace

std::string_view write_int_set(const data::Set& set, std::string& out) {
  size_t width = 0;
  set.for_each(
      [&](const data::Element& element) { width = std::max(width, width_of(element.number())); });
  out.clear();
  append_number(out, width, 4);
  append_number(out, set.size(), 4);
  set.for_each([&](const data::Element& element) {
    append_number(out, static_cast<uint64_t>(element.number()), width);
  });
  return out;
}

IntSetReader::IntSetReader(std::string_view block) {
  if (block.size() <= kHeader) {
    return;
  }
  width_ = load<uint32_t>(block.data());
  const uint64_t count = load<uint32_t>(block.data() + sizeof(uint32_t));
  rest_ = block.substr(kHeader);
  is_sound_ = (width_ == 2 || width_ == 4 || width_ == 8) && rest_.size() == count * width_;
}

bool IntSetReader::next(data::Element& element) {
  if (rest_.empty() || !is_sound_) {
    return false;
  }
  const int64_t number = load_signed(rest_.data(), width_);
  is_sound_ = !has_last_ || number > last_;
  rest_.remove_prefix(width_);
  last_ = number;
  has_last_ = true;
  element = data::Element(number);
  return is_sound_;
}

}  // namespace gyre::persist
