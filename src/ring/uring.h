// The io_uring backend of Reactor.
#pragma once

#include <liburing.h>

#include <vector>

#include "ring/reactor.h"
#include "ring/receive_buffers.h"

namespace gyre::ring {

// One ring of one thread. A completion finds its stream by slot and generation, so one that comes
// after the stream's end (the kernel may deliver a cancelled operation late) is dropped.
class UringReactor final : public Reactor {
 public:
  UringReactor() = default;
  ~UringReactor() override;

  // Returns 0, or -errno of the step that failed, named in `step`.
  int start(const ReactorOptions& options, const char*& step);

  void open(Stream& stream, int fd, bool is_unix) override;
  void receive(Stream& stream) override;
  void pause(Stream& stream) override;
  void send(Stream& stream, const char* data, size_t size) override;
  void send(Stream& stream, iovec* parts, size_t count) override;
  void close(Stream& stream) override;
  void release(Slice slice) override { buffers_.release(slice); }
  void retain(Slice slice) override { buffers_.retain(slice); }
  bool is_scarce() const override { return buffers_.is_scarce(); }
  void watch(Listener& listener) override;
  void unwatch(Listener& listener) override;
  void rewatch(Listener& listener) override;
  void submit(FileOp& op) override;
  void turn(uint64_t timeout_us) override;
  bool is_ready() const override;
  void wake() override;
  const ReactorStats& stats() const override { return stats_; }
  std::string description() const override;

 private:
  enum class Kind : uint8_t { none, receive, send, listener, file, wake };
  struct Slot {
    Stream* stream = nullptr;
    uint32_t generation = 0;
  };

  io_uring_sqe& sqe();
  unsigned flush();
  // The kernel has completions that it would hand over in a call.
  bool has_work() const;
  void enter(unsigned to_submit, unsigned wait_for, uint64_t timeout_us);
  void reap();
  void complete(const io_uring_cqe& cqe);
  void complete_receive(Stream& stream, const io_uring_cqe& cqe);
  void complete_listener(Listener& listener, const io_uring_cqe& cqe);
  void arm_receive(Stream& stream);
  void arm_send(Stream& stream);
  void complete_send(Stream& stream, int result);
  void arm_wake();
  void arm_starved();
  // True if a stream was closed.
  bool finish_closing();
  void ended(Stream& stream);
  static uint64_t tag(Kind kind, const Stream& stream);
  static uint64_t tag(Kind kind, const void* object);

  io_uring ring_ = {};
  bool running_ = false;
  bool no_iowait_ = false;
  ReceiveBuffers buffers_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  std::vector<Stream*> starved_;
  std::vector<Stream*> closing_;  // nothing in flight: to be closed at the end of the turn
  int wake_fd_ = -1;
  uint64_t wake_value_ = 0;
  ReactorStats stats_;
};

}  // namespace gyre::ring
