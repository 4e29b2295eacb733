#include "persist/losses.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/log.h"

namespace gyre::persist {

std::string Loss::text() const {
  std::string text = fmt::format("{} at byte {}", file, offset);
  if (core) {
    text += fmt::format(", of core {}", *core);
  }
  text += size > 0 ? fmt::format(": {} bytes", size) : ":";
  if (keys > 0) {
    text += fmt::format(" with {} keys", keys);
  }
  if (first_batch != 0 && first_batch <= last_batch) {
    text += fmt::format(" with the batches {} to {}", first_batch, last_batch);
  }
  return text + ": " + reason;
}

void Losses::add(Loss loss) {
  const bool is_known = std::any_of(all_.begin(), all_.end(), [&](const Loss& other) {
    return other.file == loss.file && other.offset == loss.offset;
  });
  if (!is_known) {
    log::warning("Lost of {}", loss.text());
    all_.push_back(std::move(loss));
  }
}

std::string Losses::summary() const {
  uint64_t bytes = 0;
  uint64_t batches = 0;
  uint64_t keys = 0;
  std::set<std::string_view> files;
  for (const Loss& loss : all_) {
    bytes += loss.size;
    keys += loss.keys;
    batches += loss.first_batch != 0 && loss.first_batch <= loss.last_batch
                   ? loss.last_batch - loss.first_batch + 1
                   : 0;
    files.insert(loss.file);
  }
  return fmt::format(
      "{} stretches of {} files are lost: {} bytes, with {} batches of commands and {} keys as far "
      "as known; {} commands of {} transactions were dropped because another part of them is lost, "
      "and {} commands failed without what is lost",
      all_.size(), files.size(), bytes, batches, keys, commands_dropped, transactions,
      commands_failed);
}

}  // namespace gyre::persist
