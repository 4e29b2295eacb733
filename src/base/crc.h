// Checksums: CRC16 for cluster slots, CRC32C for journal records, CRC64 for RDB files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::base {

inline constexpr int kSlotCount = 16384;

// CRC-16/XMODEM, as in Redis Cluster.
uint16_t crc16(std::string_view bytes);

// The cluster slot of a key. If a key holds "{...}" with something between its first '{' and the
// next '}', only that part counts, so that related keys can share a slot.
uint16_t key_slot(std::string_view key);

// CRC-32C (Castagnoli). Start with 0 and pass the last result on to continue over more bytes.
uint32_t crc32c(uint32_t crc, std::string_view bytes);

// CRC-64/Jones as at the end of RDB files and DUMP payloads. Start with 0, pass results on.
uint64_t crc64(uint64_t crc, std::string_view bytes);

// The crc64 of two parts written one after the other, from the crc64 of each (both started at 0)
// and the size of the second one. Lets cores checksum their parts of one file on their own.
uint64_t crc64_combine(uint64_t first, uint64_t second, uint64_t second_size);

}  // namespace gyre::base
