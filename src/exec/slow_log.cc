#include "exec/slow_log.h"

#include <algorithm>

#include "base/text.h"
#include "exec/session.h"

namespace gyre::exec {
namespace {

constexpr size_t kArgsMax = 32;
constexpr size_t kArgBytesMax = 128;
constexpr std::string_view kRedacted = "(redacted)";

// A handler may have taken the argument over, and its memory may be gone: only its head is good.
std::string shortened(const Request& request, size_t at) {
  static_assert(kArgBytesMax <= resp::HeldBlob::kHead);
  const std::string_view head = request.head(at);
  const size_t size = request.arg(at).size();
  if (size <= kArgBytesMax) {
    return std::string(head);
  }
  return std::string(head.substr(0, kArgBytesMax)) + "... (" + std::to_string(size - kArgBytesMax) +
         " more bytes)";
}

// Whether argument `at` may be a password.
bool is_secret(const Request& request, size_t at) {
  const std::string_view name = request.command->full_name;
  if (name == "auth") {
    return at > 0;
  }
  if (name == "hello") {
    const auto is_auth = [&](size_t i) {
      return i > 1 && base::equals_ignore_case(request.arg(i), "AUTH");
    };
    return at >= 1 && (is_auth(at - 1) || (at >= 2 && is_auth(at - 2)));
  }
  if (name == "config|set" && at > 2 && at % 2 == 1) {
    const std::string parameter = base::to_lower(request.arg(at - 1));
    return parameter.find("pass") != std::string::npos || parameter == "masterauth";
  }
  return false;
}

}  // namespace

void SlowLog::configure(int64_t slower_than_us, int64_t entries_max) {
  threshold_ns_ = slower_than_us < 0 || slower_than_us > INT64_MAX / 1000
                      ? UINT64_MAX
                      : static_cast<uint64_t>(slower_than_us) * 1000;
  entries_max_ = static_cast<size_t>(entries_max);
  while (entries_.size() > entries_max_) {
    entries_.pop_back();
  }
}

void SlowLog::add(const Request& request, uint64_t ns, int64_t now_ms) {
  if (request.command->has(kSkipSlowlog)) {
    return;
  }
  Entry entry;
  entry.id = next_id_;
  next_id_ += stride_;
  entry.unix_s = now_ms / 1000;
  entry.usec = static_cast<int64_t>(ns / 1000);
  const size_t shown = request.size() > kArgsMax ? kArgsMax - 1 : request.size();
  for (size_t i = 0; i < shown; ++i) {
    entry.args.push_back(is_secret(request, i) ? std::string(kRedacted) : shortened(request, i));
  }
  if (shown < request.size()) {
    entry.args.push_back("... (" + std::to_string(request.size() - shown) + " more arguments)");
  }
  if (request.session != nullptr) {
    // Neither changes while a command of the session is under way.
    entry.peer = request.session->peer;
    entry.name = request.session->name;
  }
  entries_.push_front(std::move(entry));
  if (entries_.size() > entries_max_) {
    entries_.pop_back();
  }
}

}  // namespace gyre::exec
