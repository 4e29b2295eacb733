// Board: one round a second over all seats.
#include "board.h"

#include <fmt/core.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace gyre::consistency {

namespace {

constexpr size_t kShown = 400;  // bytes of a request that are kept

}  // namespace

void leave(int code) {
  std::fflush(stdout);
  syscall(SYS_exit_group, code);
  __builtin_unreachable();
}

void Seat::asks(std::string_view request, int64_t allowed_s) {
  allowed_s_.store(allowed_s, std::memory_order_relaxed);
  {
    std::lock_guard lock(mutex_);
    request_.assign(request.substr(0, kShown));
  }
  waiting_.store(true, std::memory_order_relaxed);
}

void Seat::rests() { waiting_.store(false, std::memory_order_relaxed); }

std::string Seat::describe() {
  std::lock_guard lock(mutex_);
  std::string text = request_;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return fmt::format("{}: {} answers, {}", name_, answers(),
                     is_waiting() ? "waits for the answer to " + text : "asks nothing");
}

Seat* Board::seat(std::string name) {
  std::lock_guard lock(mutex_);
  return &seats_.emplace_back(std::move(name));
}

void Board::start() { thread_ = std::thread(&Board::watch, this); }

void Board::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Board::watch() {
  struct Seen {
    uint64_t answers = 0;
    int64_t rounds = 0;
  };
  std::vector<Seen> seen;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    // wait_until of the system's clock: TSan knows no other one.
    wake_.wait_until(lock, std::chrono::system_clock::now() + std::chrono::seconds(1));
    seen.resize(seats_.size());
    for (size_t i = 0; i < seats_.size(); i++) {
      const uint64_t answers = seats_[i].answers();
      const bool moved = !seats_[i].is_waiting() || answers != seen[i].answers;
      seen[i] = {answers, moved ? 0 : seen[i].rounds + 1};
      if (seen[i].rounds > stall_s_ + seats_[i].allowed_s()) tell_stall(i);
    }
  }
}

void Board::tell_stall(size_t who) {
  fmt::print("STALL: client {} got no answer for {} s\n", who, stall_s_ + seats_[who].allowed_s());
  for (Seat& seat : seats_) fmt::print("  {}\n", seat.describe());
  leave(3);
}

}  // namespace gyre::consistency
