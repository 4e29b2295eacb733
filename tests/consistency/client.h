// Client: one RESP2 connection with blocking reads, which another thread may kill at any moment.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "board.h"

namespace gyre::consistency {

struct Reply {
  char kind = 0;  // the byte of the wire: + - : $ *
  bool nil = false;
  int64_t number = 0;  // of `:`, and of `$` that is a whole number
  std::string text;    // of + - $
  std::vector<Reply> items;

  bool is_error() const { return kind == '-'; }
  std::string describe() const;
};

// Owned and used by one thread; only kill() and id() are for others.
class Client {
 public:
  Client(uint16_t port, Seat* seat) : port_(port), seat_(seat) {}
  ~Client() { close(); }

  // Ends the process with exit code 2 if the server cannot be reached.
  void connect();
  void close();
  bool is_open() const { return fd_ >= 0; }

  // Collects a request; send() sends all that was collected. False: the connection is over.
  Client& add(std::initializer_list<std::string_view> words);
  Client& add(const std::vector<std::string>& words);
  bool send(int64_t allowed_s = 0);
  // The next answer; false if the connection ended before it was complete.
  bool read(Reply& reply);
  bool call(Reply& reply, std::initializer_list<std::string_view> words);
  // A call that cannot fail: ends the process with exit code 2 if it does.
  Reply must(std::initializer_list<std::string_view> words);

  // From any thread: cuts the connection off; the owner's reads end. False if there was none.
  bool kill();
  // From any thread: what CLIENT ID answered, or 0.
  int64_t id() const { return id_.load(std::memory_order_relaxed); }
  void ask_id();

 private:
  void add_word(std::string_view word);
  bool fill();
  bool read_line(std::string_view& line);
  bool read_reply(Reply& reply);

  const uint16_t port_;
  Seat* const seat_;
  std::mutex mutex_;  // fd_ against kill()
  int fd_ = -1;
  std::atomic<int64_t> id_ = 0;
  std::string out_, in_;
  size_t at_ = 0;
  size_t added_ = 0, pending_ = 0;
};

}  // namespace gyre::consistency
