// The seam between a core and the kernel: everything that waits outside this process goes through a
// Reactor. The io_uring backend is ring/uring.h; others (epoll, a simulated world) fill the same
// seam.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace gyre::ring {

// Bytes that arrived, in memory of the reactor. Whoever takes a slice gives it back with
// Reactor::release(), once, on the same core; until then its memory stays as it is.
struct Slice {
  char* data = nullptr;
  uint32_t size = 0;
  uint32_t buffer = 0;  // the reactor's name for the memory
};

// One connected socket. Calls to the virtual functions come while the reactor reaps completions:
// they note what happened and schedule work, they never run commands.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const { return fd_; }
  bool is_closing() const { return closing_; }
  bool is_sending() const { return sending_; }
  bool is_receiving() const { return receiving_; }

 protected:
  ~Stream() = default;

 private:
  friend class UringReactor;

  virtual void received(Slice slice) = 0;
  // No more bytes will come: 0 for an orderly end by the peer, else an errno.
  virtual void receive_ended(int error) = 0;
  // The one send in flight ended: all bytes sent (error 0), or an errno.
  virtual void sent(int error) = 0;
  // The descriptor is closed and the kernel refers to none of this stream's memory any more. Last
  // call.
  virtual void closed() = 0;

  int fd_ = -1;
  uint32_t slot_ = 0;
  uint32_t generation_ = 0;
  uint8_t in_flight_ = 0;   // operations whose last completion has not come
  bool receiving_ = false;  // a receive is armed in the kernel
  bool wanted_ = false;     // the owner wants bytes; a receive that ended early is armed again
  bool starved_ = false;    // waits for free receive buffers
  bool sending_ = false;
  bool closing_ = false;
  bool is_unix_ = false;
  const char* send_data_ = nullptr;  // what is left of the send in flight; null: message_ says it
  size_t send_left_ = 0;
  msghdr message_ = {};  // of the sendmsg in flight
};

// A listening socket; `ready` is called when it may have connections to accept.
struct Listener {
  int fd = -1;
  void (*ready)(Listener& listener) = nullptr;
  bool armed = false;
  bool wanted = false;
};

// One file operation. The object must stay alive until `done` has run; `result` is what the system
// call would have returned, or -errno.
struct FileOp {
  enum class Kind : uint8_t { open, read, write, fsync, fdatasync, close, rename, unlink };
  Kind kind;
  int fd = -1;
  const char* path = nullptr;  // open, rename, unlink
  const char* to = nullptr;    // rename
  int flags = 0;               // open; of write: RWF_*
  uint32_t mode = 0;           // open
  void* data = nullptr;        // read, write
  uint32_t size = 0;
  uint64_t offset = 0;
  int result = 0;
  bool may_fail = true;  // on purpose, see ring/faults.h
  int fault = 0;         // that the reactor ends it with
  void (*done)(FileOp& op) = nullptr;
};

struct ReactorOptions {
  uint32_t ring_entries = 512;
  uint32_t receive_buffers = 0;      // 0: chosen by what the kernel supports
  uint32_t receive_buffer_size = 0;  // bytes; 0: likewise
};

struct ReactorStats {
  uint64_t enters = 0;  // system calls made to submit or wait
  uint64_t completions = 0;
  uint64_t submissions = 0;
  uint64_t starved = 0;  // receives that found no free buffer
  uint64_t wakes = 0;    // times another core had to wake this one
};

// All calls are made on the owning core, except wake().
class Reactor {
 public:
  virtual ~Reactor() = default;

  virtual void open(Stream& stream, int fd, bool is_unix) = 0;  // takes the descriptor over
  virtual void receive(Stream& stream) = 0;                     // bytes are wanted
  virtual void pause(Stream& stream) = 0;                       // bytes are not wanted for a while
  // At most one send is in flight per stream; the bytes stay untouched until sent() is called.
  virtual void send(Stream& stream, const char* data, size_t size) = 0;
  // The reactor may change `parts`.
  virtual void send(Stream& stream, iovec* parts, size_t count) = 0;
  // Ends both directions; closed() follows once nothing is in flight.
  virtual void close(Stream& stream) = 0;
  virtual void release(Slice slice) = 0;
  // One more holder of the slice's memory: it needs one more release().
  virtual void retain(Slice slice) = 0;
  // Is the memory for receiving nearly used up? Who holds slices while it waits for something else
  // keeps all others from receiving then, and had better copy them.
  virtual bool is_scarce() const = 0;

  virtual void watch(Listener& listener) = 0;
  virtual void unwatch(Listener& listener) = 0;
  // Reports again what is there already.
  virtual void rewatch(Listener& listener) = 0;
  virtual void submit(FileOp& op) = 0;

  // Hands all operations to the kernel and dispatches what has completed; waits until something
  // completes or `timeout_us` (0: do not wait) has passed.
  virtual void turn(uint64_t timeout_us) = 0;
  // Would the next turn find something without waiting?
  virtual bool is_ready() const = 0;

  // From any thread: ends a wait in turn().
  virtual void wake() = 0;

  virtual const ReactorStats& stats() const = 0;
  virtual std::string description() const = 0;
};

// Makes the io_uring reactor for the calling thread, which must be the one that uses it. On failure
// returns null and sets `error` to a message for the operator: the cause and the remedy.
std::unique_ptr<Reactor> make_uring_reactor(const ReactorOptions& options, std::string& error);

}  // namespace gyre::ring
