#include "persist/ziplist.h"

#include "persist/little_endian.h"

namespace gyre::persist {
namespace {

constexpr size_t kHeader = 10;
constexpr uint16_t kUncounted = 65535;
constexpr uint8_t kWidePrevious = 254;
constexpr char kEnd = static_cast<char>(0xff);

bool read_text(std::string_view form, size_t head, uint64_t text_size, data::Element& element,
               size_t& size) {
  size = head + text_size;
  if (form.size() < size) {
    return false;
  }
  element = data::Element::of(form.substr(head, text_size));
  return true;
}

bool read_number(std::string_view form, size_t bytes, data::Element& element, size_t& size) {
  size = 1 + bytes;
  if (form.size() < size) {
    return false;
  }
  element = data::Element(load_signed(form.data() + 1, bytes));
  return true;
}

}  // namespace

ZiplistReader::ZiplistReader(std::string_view block) {
  if (block.size() > kHeader && load<uint32_t>(block.data()) == block.size() &&
      block.back() == kEnd) {
    block_ = block;
    left_ = load<uint16_t>(block.data() + 8);
    is_counted_ = left_ != kUncounted;
    rest_ = block.substr(kHeader, block.size() - kHeader - 1);
    is_sound_ = true;
  }
}

bool ZiplistReader::next(data::Element& element) {
  if (!is_sound_) {
    return false;
  }
  if (rest_.empty()) {
    const size_t last = block_.size() - 1 - previous_;
    is_sound_ = (!is_counted_ || left_ == 0) && load<uint32_t>(block_.data() + 4) == last;
    return false;
  }
  size_t head = 0;
  size_t size = 0;
  is_sound_ = read_previous(head) && rest_.size() > head &&
              read(rest_.substr(head), element, size) && (!is_counted_ || left_ > 0);
  if (is_sound_) {
    previous_ = head + size;
    rest_.remove_prefix(previous_);
    --left_;
  }
  return is_sound_;
}

// Does the size of the element before this one stand here? `size` becomes that of its form.
bool ZiplistReader::read_previous(size_t& size) const {
  if (static_cast<uint8_t>(rest_[0]) < kWidePrevious) {
    size = 1;
    return static_cast<uint8_t>(rest_[0]) == previous_;
  }
  size = 5;
  return static_cast<uint8_t>(rest_[0]) == kWidePrevious && rest_.size() > size &&
         load<uint32_t>(&rest_[1]) == previous_;
}

bool ZiplistReader::read(std::string_view form, data::Element& element, size_t& size) const {
  const auto head = static_cast<uint8_t>(form[0]);
  const auto second = static_cast<uint8_t>(form.size() > 1 ? form[1] : 0);
  switch (head >> 6) {
    case 0:
      return read_text(form, 1, head, element, size);
    case 1:
      return read_text(form, 2, static_cast<uint64_t>(head & 0x3f) << 8 | second, element, size);
    case 2:
      return head == 0x80 && form.size() >= 5 &&
             read_text(form, 5, __builtin_bswap32(load<uint32_t>(&form[1])), element, size);
    default:
      break;
  }
  switch (head) {
    case 0xc0:
      return read_number(form, 2, element, size);
    case 0xd0:
      return read_number(form, 4, element, size);
    case 0xe0:
      return read_number(form, 8, element, size);
    case 0xf0:
      return read_number(form, 3, element, size);
    case 0xfe:
      return read_number(form, 1, element, size);
    default:
      break;
  }
  if (head < 0xf1 || head > 0xfd) {
    return false;
  }
  element = data::Element(static_cast<int64_t>(head - 0xf1));
  size = 1;
  return true;
}

}  // namespace gyre::persist
