#include "persist/zipmap.h"

#include "persist/little_endian.h"

namespace gyre::persist {
namespace {

constexpr uint8_t kWide = 254;
constexpr char kEnd = static_cast<char>(0xff);

}  // namespace

ZipmapReader::ZipmapReader(std::string_view block) {
  if (block.size() >= 2 && block.back() == kEnd) {
    left_ = static_cast<uint8_t>(block[0]);
    is_counted_ = left_ < kWide;
    rest_ = block.substr(1, block.size() - 2);
    is_sound_ = true;
  }
}

bool ZipmapReader::next(data::Element& element) {
  if (rest_.empty() || !is_sound_) {
    is_sound_ = is_sound_ && !is_value_ && (!is_counted_ || left_ == 0);
    return false;
  }
  is_sound_ = read(element);
  is_value_ = !is_value_;
  return is_sound_;
}

bool ZipmapReader::read(data::Element& element) {
  size_t size = 0;
  if (!read_size(size)) {
    return false;
  }
  size_t unused = 0;
  if (is_value_) {
    if (rest_.empty() || (is_counted_ && left_ == 0)) {
      return false;
    }
    unused = static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    --left_;
  }
  if (rest_.size() < size + unused) {
    return false;
  }
  element = data::Element::of(rest_.substr(0, size));
  rest_.remove_prefix(size + unused);
  return true;
}

bool ZipmapReader::read_size(size_t& size) {
  size = static_cast<uint8_t>(rest_[0]);
  rest_.remove_prefix(1);
  if (size < kWide) {
    return true;
  }
  if (size > kWide || rest_.size() < sizeof(uint32_t)) {
    return false;
  }
  size = load<uint32_t>(rest_.data());
  rest_.remove_prefix(sizeof(uint32_t));
  return true;
}

}  // namespace gyre::persist
