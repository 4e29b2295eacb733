// Names of keys that lie on chosen cores.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::consistency {

// The slot of a key without a tag, as in Redis Cluster: CRC16 (XMODEM) modulo 16384.
inline uint32_t slot_of(std::string_view key) {
  uint32_t crc = 0;
  for (const char c : key) {
    crc ^= static_cast<uint32_t>(static_cast<uint8_t>(c)) << 8;
    for (int bit = 0; bit < 8; bit++) crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
  }
  return crc & 0x3fff;
}

// A key in one of the four quarters of the slots: with 4 cores each quarter is a core, with 2 cores
// the first two and the last two are.
inline std::string key_in(std::string_view prefix, uint32_t quarter) {
  for (uint32_t number = 0;; number++) {
    std::string key = std::string(prefix) + std::to_string(number);
    if (slot_of(key) >> 12 == quarter % 4) return key;
  }
}

}  // namespace gyre::consistency
