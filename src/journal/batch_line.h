// The line that ends a batch of records in a file. To Redis and Valkey it is a comment.
//
//     #GY:<core>:<number>:<bytes>:<crc32c>:<transaction>/<parts>\r\n
//
// All numbers are decimal but for the checksum, which is eight hexadecimal digits. It covers the
// records of the batch, and the line up to its own colon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gyre::journal {

struct BatchLine {
  uint32_t core = 0;         // that wrote it
  uint64_t number = 0;       // of the batch in its file, from 1 on
  uint64_t size = 0;         // bytes of the records in front of the line
  uint32_t crc = 0;          // as read; written is what checksum() says
  uint64_t transaction = 0;  // whose part the batch is; 0: of none
  uint32_t parts = 0;        // of the transaction

  // The first batch of a file that a run of the server began with; it has no records.
  bool begins_run() const { return transaction == 0 && parts == 1; }
};

// Redis reads lines of 127 bytes at most.
inline constexpr size_t kBatchLineMax = 120;
inline constexpr std::string_view kBatchMark = "#GY:";
// Begins the comment that tells the time, as Redis writes it: "#TS:<Unix seconds>\r\n".
inline constexpr std::string_view kTimeMark = "#TS:";

// Writes the line to `out`; returns its size. `seed` tells files from each other.
size_t format_batch_line(char* out, const BatchLine& line, std::string_view records, uint32_t seed);
// `text` is the line without its end. Empty if it is none.
std::optional<BatchLine> parse_batch_line(std::string_view text);
// What `crc` must be.
uint32_t checksum(const BatchLine& line, std::string_view records, uint32_t seed);

}  // namespace gyre::journal
