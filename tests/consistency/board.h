// Board: who waits for what, and the thread that notices when nobody gets answers any more.
//
// Not a time limit: a run may take as long as it likes while answers come. The watch counts its own
// rounds of a second instead of reading a clock, so a machine that stood still is no stall.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gyre::consistency {

// Ends the process with all its threads, whatever they do. (To TSan, _exit() leaks those that run.)
[[noreturn]] void leave(int code);

// One client's line on the board. Written by the thread of the client, read by the watch.
class Seat {
 public:
  explicit Seat(std::string name) : name_(std::move(name)) {}

  // `request` are the bytes sent; `allowed_s` is how long the server may rightly stay silent.
  void asks(std::string_view request, int64_t allowed_s);
  void answered() { answers_.fetch_add(1, std::memory_order_relaxed); }
  void rests();

  uint64_t answers() const { return answers_.load(std::memory_order_relaxed); }
  bool is_waiting() const { return waiting_.load(std::memory_order_relaxed); }
  int64_t allowed_s() const { return allowed_s_.load(std::memory_order_relaxed); }
  std::string describe();

 private:
  const std::string name_;
  std::atomic<uint64_t> answers_ = 0;
  std::atomic<bool> waiting_ = false;
  std::atomic<int64_t> allowed_s_ = 0;
  std::mutex mutex_;
  std::string request_;  // the first bytes of what was asked last
};

class Board {
 public:
  explicit Board(int64_t stall_s) : stall_s_(stall_s) {}
  ~Board() { stop(); }

  // Seats stay where they are for the life of the board.
  Seat* seat(std::string name);
  // From now on, a client that waits `stall_s` rounds longer than allowed ends the process with
  // exit code 3, after everybody's line has been printed.
  void start();
  void stop();

 private:
  void watch();
  [[noreturn]] void tell_stall(size_t who);

  const int64_t stall_s_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::deque<Seat> seats_;
  std::thread thread_;
};

}  // namespace gyre::consistency
