#include "persist/listpack.h"

#include <cstring>

#include "base/assert.h"
#include "persist/little_endian.h"

namespace gyre::persist {
namespace {

constexpr char kEnd = static_cast<char>(0xff);
constexpr uint8_t kNumber13 = 0xc0;
constexpr uint8_t kText6 = 0x80;
constexpr uint8_t kText12 = 0xe0;
constexpr uint8_t kText32 = 0xf0;
constexpr uint8_t kNumber16 = 0xf1;  // then of 24, 32 and 64 bits
constexpr uint16_t kUncounted = 65535;
constexpr size_t kHeader = 6;
constexpr size_t kBackMax = 5;

// The size of an element's form as it stands behind it: seven bits in each byte, the highest first,
// and all but the first marked.
struct Back {
  explicit Back(uint64_t form) : size(bytes_of(form)) {
    for (size_t i = size; i-- > 0; form >>= 7) {
      bytes[i] = static_cast<char>((form & 127) | (i > 0 ? 128 : 0));
    }
  }
  // The largest size of each width takes the next one; all but the first are so in Redis.
  static size_t bytes_of(uint64_t form) {
    return form <= 127 ? 1 : form < 16383 ? 2 : form < 2097151 ? 3 : form < 268435455 ? 4 : 5;
  }
  std::string_view view() const { return {bytes, size}; }
  bool is_at(std::string_view text) const {
    return !text.empty() && text[0] == bytes[0] && (size == 1 || text.starts_with(view()));
  }

  char bytes[kBackMax];
  size_t size;
};

}  // namespace

// ---- Writing ----

void ListpackBuilder::end_element(size_t begin) {
  bytes_ += Back(bytes_.size() - begin).view();
  ++count_;
}

void ListpackBuilder::add(int64_t number) {
  const size_t begin = bytes_.size();
  const auto bits = static_cast<uint64_t>(number);
  if (number >= 0 && number <= 127) {
    bytes_ += static_cast<char>(number);
  } else if (number >= -4096 && number <= 4095) {
    bytes_ += static_cast<char>(kNumber13 | (bits >> 8 & 0x1f));
    bytes_ += static_cast<char>(bits);
  } else {
    constexpr size_t kSizes[] = {2, 3, 4, 8};
    uint8_t form = 0;
    while (form < 3 && load_signed(reinterpret_cast<const char*>(&bits), kSizes[form]) != number) {
      ++form;
    }
    bytes_ += static_cast<char>(kNumber16 + form);
    append_number(bytes_, bits, kSizes[form]);
  }
  end_element(begin);
}

void ListpackBuilder::add_text(std::string_view text) {
  const size_t begin = bytes_.size();
  if (text.size() < 64) {
    bytes_ += static_cast<char>(kText6 | text.size());
  } else if (text.size() < 4096) {
    bytes_ += static_cast<char>(kText12 | text.size() >> 8);
    bytes_ += static_cast<char>(text.size());
  } else {
    bytes_ += static_cast<char>(kText32);
    append_number(bytes_, text.size(), 4);
  }
  bytes_ += text;
  end_element(begin);
}

std::string_view ListpackBuilder::finish() {
  const size_t size = bytes_.size() + 1;
  GYRE_ASSERT(size <= UINT32_MAX);
  const auto size32 = static_cast<uint32_t>(size);
  const auto count16 = static_cast<uint16_t>(count_ < kUncounted ? count_ : kUncounted);
  std::memcpy(bytes_.data(), &size32, sizeof size32);
  std::memcpy(bytes_.data() + sizeof size32, &count16, sizeof count16);
  bytes_ += kEnd;
  return bytes_;
}

// ---- Reading ----

ListpackReader::ListpackReader(std::string_view block) {
  if (block.size() > kHeader && load<uint32_t>(block.data()) == block.size() &&
      block.back() == kEnd) {
    left_ = load<uint16_t>(block.data() + sizeof(uint32_t));
    is_counted_ = left_ != kUncounted;
    rest_ = block.substr(kHeader, block.size() - kHeader - 1);
    is_sound_ = true;
  }
}

bool ListpackReader::next(data::Element& element) {
  if (rest_.empty() || !is_sound_) {
    is_sound_ = is_sound_ && (!is_counted_ || left_ == 0);
    return false;
  }
  size_t size = 0;
  is_sound_ = read(element, size);
  if (is_sound_) {
    const Back back(size);
    is_sound_ = back.is_at(rest_.substr(size)) && (!is_counted_ || left_ > 0);
    rest_.remove_prefix(is_sound_ ? size + back.size : 0);
    --left_;
  }
  return is_sound_;
}

// `size` becomes that of the element's form.
bool ListpackReader::read(data::Element& element, size_t& size) const {
  const auto head = static_cast<uint8_t>(rest_[0]);
  const auto second = static_cast<uint8_t>(rest_.size() > 1 ? rest_[1] : 0);
  if (head < kText6) {
    element = data::Element(static_cast<int64_t>(head));
    size = 1;
    return true;
  }
  if (head < kNumber13) {
    return read_text(1, head & 0x3f, element, size);
  }
  if (head < kText12) {
    const uint64_t bits = static_cast<uint64_t>(head & 0x1f) << 8 | second;
    element = data::Element(static_cast<int64_t>(bits << 51) >> 51);
    size = 2;
    return rest_.size() >= size;
  }
  if (head < kText32) {
    return read_text(2, static_cast<uint64_t>(head & 15) << 8 | second, element, size);
  }
  switch (head) {
    case kText32:
      return rest_.size() >= 5 && read_text(5, load<uint32_t>(&rest_[1]), element, size);
    case kNumber16:
      return read_number(2, element, size);
    case kNumber16 + 1:
      return read_number(3, element, size);
    case kNumber16 + 2:
      return read_number(4, element, size);
    case kNumber16 + 3:
      return read_number(8, element, size);
    default:
      return false;
  }
}

bool ListpackReader::read_text(size_t head, uint64_t text_size, data::Element& element,
                               size_t& size) const {
  size = head + text_size;
  if (rest_.size() < size) {
    return false;
  }
  element = data::Element::of(rest_.substr(head, text_size));
  return true;
}

bool ListpackReader::read_number(size_t size_of_number, data::Element& element,
                                 size_t& size) const {
  size = 1 + size_of_number;
  if (rest_.size() < size) {
    return false;
  }
  element = data::Element(load_signed(&rest_[1], size_of_number));
  return true;
}

}  // namespace gyre::persist
