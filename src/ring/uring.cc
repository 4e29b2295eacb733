#include "ring/uring.h"

#include <fcntl.h>
#include <linux/time_types.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "ring/faults.h"

namespace gyre::ring {
namespace {

// Kernel names that liburing 2.3 does not know yet.
constexpr unsigned kEnterNoIowait = 1U << 7;     // IORING_ENTER_NO_IOWAIT, 6.15
constexpr unsigned kFeatureNoIowait = 1U << 17;  // IORING_FEAT_NO_IOWAIT

constexpr unsigned kNeeded =
    IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG;
constexpr int kReapMax = 512;  // completions dispatched in one turn
// Bytes handed to the kernel at once: it copies them while everybody else on the core waits.
constexpr size_t kSendMax = 256 * 1024;

// Streams that found no receive buffer in one turn before more buffers are laid out.
constexpr size_t kStarvedMany = 8;

}  // namespace

int UringReactor::start(const ReactorOptions& options, const char*& step) {
  io_uring_params params;
  int result = -ENOMEM;
  for (uint32_t entries = options.ring_entries; entries >= 64 && result == -ENOMEM; entries /= 2) {
    params = {};
    params.flags = IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
                   IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                   IORING_SETUP_TASKRUN_FLAG;
    params.cq_entries = entries * 8;
    step = "io_uring_setup";
    result = io_uring_queue_init_params(entries, &ring_, &params);
  }
  if (result < 0) {
    return result;
  }
  running_ = true;
  if ((params.features & kNeeded) != kNeeded) {
    step = "io_uring_setup (features)";
    return -EINVAL;
  }
  no_iowait_ = (params.features & kFeatureNoIowait) != 0;
  // The submission array is the identity for ever: publishing entries is one store of the tail.
  for (unsigned i = 0; i < *ring_.sq.kring_entries; ++i) {
    ring_.sq.array[i] = i;
  }
  io_uring_register_ring_fd(&ring_);
  io_uring_ring_dontfork(&ring_);
  unsigned workers[2] = {3, 2};
  io_uring_register_iowq_max_workers(&ring_, workers);
  step = "io_uring_register (buffer ring)";
  result = buffers_.start(ring_, options.receive_buffers, options.receive_buffer_size);
  if (result < 0) {
    return result;
  }
  step = "eventfd";
  wake_fd_ = eventfd(0, EFD_CLOEXEC);
  if (wake_fd_ < 0) {
    return -errno;
  }
  arm_wake();
  return 0;
}

UringReactor::~UringReactor() {
  if (running_) {
    io_uring_queue_exit(&ring_);
  }
  if (wake_fd_ >= 0) {
    ::close(wake_fd_);
  }
}

std::string UringReactor::description() const {
  return std::string("io_uring, ") + std::to_string(*ring_.sq.kring_entries) + " entries, " +
         std::to_string(buffers_.count()) + " x " + std::to_string(buffers_.size() / 1024) +
         " KiB receive buffers" + (buffers_.is_incremental() ? " (incremental)" : "");
}

uint64_t UringReactor::tag(Kind kind, const Stream& stream) {
  return (static_cast<uint64_t>(kind) << 56) |
         (static_cast<uint64_t>(stream.generation_ & 0xffffff) << 32) | stream.slot_;
}

uint64_t UringReactor::tag(Kind kind, const void* object) {
  return (static_cast<uint64_t>(kind) << 56) | reinterpret_cast<uint64_t>(object);
}

io_uring_sqe& UringReactor::sqe() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  while (entry == nullptr) [[unlikely]] {
      enter(flush(), 0, 0);
      entry = io_uring_get_sqe(&ring_);
    }
  return *entry;
}

unsigned UringReactor::flush() {
  __atomic_store_n(ring_.sq.ktail, ring_.sq.sqe_tail, __ATOMIC_RELEASE);
  return ring_.sq.sqe_tail - __atomic_load_n(ring_.sq.khead, __ATOMIC_ACQUIRE);
}

void UringReactor::enter(unsigned to_submit, unsigned wait_for, uint64_t timeout_us) {
  unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  if (no_iowait_) {
    flags |= kEnterNoIowait;
  }
  int fd = ring_.ring_fd;
  if ((ring_.int_flags & 1) != 0) {  // the descriptor is registered
    fd = ring_.enter_ring_fd;
    flags |= IORING_ENTER_REGISTERED_RING;
  }
  __kernel_timespec timeout = {};
  timeout.tv_sec = static_cast<int64_t>(timeout_us / 1'000'000);
  timeout.tv_nsec = static_cast<int64_t>(timeout_us % 1'000'000 * 1000);
  io_uring_getevents_arg argument = {};
  if (wait_for > 0) {
    argument.ts = reinterpret_cast<uint64_t>(&timeout);
  }
  ++stats_.enters;
  stats_.submissions += to_submit;
  const int result = io_uring_enter2(static_cast<unsigned>(fd), to_submit, wait_for, flags,
                                     reinterpret_cast<sigset_t*>(&argument), sizeof argument);
  // Busy and interrupted calls are made again in the next turn, after completions were reaped.
  GYRE_ASSERT(result >= 0 || result == -ETIME || result == -EINTR || result == -EBUSY ||
              result == -EAGAIN || result == -ENOMEM);
}

void UringReactor::turn(uint64_t timeout_us) {
  buffers_.publish();
  arm_starved();
  if (finish_closing()) {
    timeout_us = 0;  // closed() may have scheduled work
  }
  const unsigned to_submit = flush();
  if (timeout_us > 0 && io_uring_cq_ready(&ring_) == 0) {
    enter(to_submit, 1, timeout_us);
  } else if (to_submit > 0 || has_work()) {
    enter(to_submit, 0, 0);
  }
  reap();
}

bool UringReactor::has_work() const {
  const unsigned flags = __atomic_load_n(ring_.sq.kflags, __ATOMIC_RELAXED);
  return (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

bool UringReactor::is_ready() const { return io_uring_cq_ready(&ring_) > 0 || has_work(); }

void UringReactor::reap() {
  io_uring_cqe* cqe = nullptr;
  for (int count = 0; count < kReapMax; ++count) {
    unsigned head = *ring_.cq.khead;
    if (head == __atomic_load_n(ring_.cq.ktail, __ATOMIC_ACQUIRE)) {
      break;
    }
    cqe = &ring_.cq.cqes[head & *ring_.cq.kring_mask];
    const io_uring_cqe copy = *cqe;
    __atomic_store_n(ring_.cq.khead, head + 1, __ATOMIC_RELEASE);
    ++stats_.completions;
    complete(copy);
  }
}

void UringReactor::complete(const io_uring_cqe& cqe) {
  const auto kind = static_cast<Kind>(cqe.user_data >> 56);
  const uint64_t rest = cqe.user_data & ((uint64_t{1} << 56) - 1);
  switch (kind) {
    case Kind::none:
      return;
    case Kind::wake:
      ++stats_.wakes;
      arm_wake();
      return;
    case Kind::listener:
      complete_listener(*reinterpret_cast<Listener*>(rest), cqe);
      return;
    case Kind::file: {
      auto* op = reinterpret_cast<FileOp*>(rest);
      op->result = op->fault != 0 ? op->fault : cqe.res;
      op->done(*op);
      return;
    }
    case Kind::receive:
    case Kind::send:
      break;
  }
  const auto slot = static_cast<uint32_t>(rest);
  const uint32_t generation = static_cast<uint32_t>(rest >> 32);
  if (slot >= slots_.size() || slots_[slot].stream == nullptr ||
      (slots_[slot].generation & 0xffffff) != generation) {
    if (kind == Kind::receive && cqe.res > 0) {
      buffers_.release(buffers_.take(cqe));
    } else {
      buffers_.returned(cqe);
    }
    return;
  }
  Stream& stream = *slots_[slot].stream;
  if (kind == Kind::receive) {
    complete_receive(stream, cqe);
    return;
  }
  complete_send(stream, cqe.res);
}

void UringReactor::ended(Stream& stream) {
  if (--stream.in_flight_ == 0 && stream.closing_) {
    closing_.push_back(&stream);
  }
}

void UringReactor::open(Stream& stream, int fd, bool is_unix) {
  uint32_t slot;
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot].stream = &stream;
  stream.fd_ = fd;
  stream.slot_ = slot;
  stream.generation_ = slots_[slot].generation;
  stream.is_unix_ = is_unix;
}

void UringReactor::arm_receive(Stream& stream) {
  io_uring_sqe& entry = sqe();
  if (stream.is_unix_) {
    // A multishot receive can miss the end of a unix stream on kernels before 7.0: ask each time.
    io_uring_prep_recv(&entry, stream.fd_, nullptr, 0, 0);
  } else {
    io_uring_prep_recv_multishot(&entry, stream.fd_, nullptr, 0, 0);
  }
  entry.flags |= IOSQE_BUFFER_SELECT;
  entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  entry.buf_group = ReceiveBuffers::kGroup;
  io_uring_sqe_set_data64(&entry, tag(Kind::receive, stream));
  stream.receiving_ = true;
  ++stream.in_flight_;
}

void UringReactor::receive(Stream& stream) {
  stream.wanted_ = true;
  if (!stream.receiving_ && !stream.starved_ && !stream.closing_) {
    arm_receive(stream);
  }
}

void UringReactor::pause(Stream& stream) {
  stream.wanted_ = false;
  if (stream.receiving_) {
    io_uring_sqe& entry = sqe();
    io_uring_prep_cancel64(&entry, tag(Kind::receive, stream), 0);
    io_uring_sqe_set_data64(&entry, tag(Kind::none, nullptr));
  }
}

void UringReactor::complete_receive(Stream& stream, const io_uring_cqe& cqe) {
  if ((cqe.flags & IORING_CQE_F_MORE) == 0) {
    stream.receiving_ = false;
    ended(stream);
  }
  if (cqe.res > 0) {
    const Slice slice = buffers_.take(cqe);
    if (stream.closing_) {
      buffers_.release(slice);
    } else {
      stream.received(slice);
    }
  } else {
    buffers_.returned(cqe);
  }
  if (stream.receiving_ || stream.closing_) {
    return;
  }
  if (cqe.res == -ENOBUFS) {
    ++stats_.starved;
    stream.starved_ = true;
    starved_.push_back(&stream);
  } else if (cqe.res > 0 || cqe.res == -ECANCELED || cqe.res == -EAGAIN || cqe.res == -EINTR) {
    if (stream.wanted_) {
      arm_receive(stream);
    }
  } else {
    stream.wanted_ = false;
    stream.receive_ended(-cqe.res);
  }
}

void UringReactor::arm_starved() {
  if (starved_.empty() || !buffers_.has_free()) {
    return;
  }
  // One client with much to say has to wait for its own bytes; many at once need more memory.
  if (starved_.size() > kStarvedMany) {
    buffers_.starved();
  }
  for (Stream* stream : std::exchange(starved_, {})) {
    stream->starved_ = false;
    if (stream->wanted_ && !stream->receiving_ && !stream->closing_) {
      arm_receive(*stream);
    }
  }
}

void UringReactor::send(Stream& stream, const char* data, size_t size) {
  GYRE_ASSERT(!stream.sending_ && !stream.closing_);
  stream.send_data_ = data;
  stream.send_left_ = size;
  stream.sending_ = true;
  ++stream.in_flight_;
  arm_send(stream);
}

void UringReactor::send(Stream& stream, iovec* parts, size_t count) {
  GYRE_ASSERT(!stream.sending_ && !stream.closing_);
  stream.send_data_ = nullptr;
  stream.send_left_ = 0;
  for (size_t i = 0; i < count; ++i) {
    stream.send_left_ += parts[i].iov_len;
  }
  stream.message_ = {};
  stream.message_.msg_iov = parts;
  stream.message_.msg_iovlen = count;
  stream.sending_ = true;
  ++stream.in_flight_;
  arm_send(stream);
}

void UringReactor::arm_send(Stream& stream) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_WAITALL;
  io_uring_sqe& entry = sqe();
  if (stream.send_data_ != nullptr) {
    io_uring_prep_send(&entry, stream.fd_, stream.send_data_, std::min(stream.send_left_, kSendMax),
                       kFlags);
  } else {
    io_uring_prep_sendmsg(&entry, stream.fd_, &stream.message_, kFlags);
  }
  io_uring_sqe_set_data64(&entry, tag(Kind::send, stream));
}

void UringReactor::complete_send(Stream& stream, int result) {
  int error = result < 0 ? -result : 0;
  if (result > 0) {
    auto sent = static_cast<size_t>(result);
    stream.send_left_ -= sent;
    if (stream.send_left_ > 0 && !stream.closing_) {
      if (stream.send_data_ != nullptr) {
        stream.send_data_ += sent;
      }
      iovec*& part = stream.message_.msg_iov;
      while (stream.send_data_ == nullptr && sent >= part->iov_len) {
        sent -= part->iov_len;
        ++part;
        --stream.message_.msg_iovlen;
      }
      if (stream.send_data_ == nullptr) {
        part->iov_base = static_cast<char*>(part->iov_base) + sent;
        part->iov_len -= sent;
      }
      arm_send(stream);
      return;
    }
  }
  if (error == 0 && stream.send_left_ > 0) {
    error = EPIPE;
  }
  stream.sending_ = false;
  ended(stream);
  stream.sent(error);
}

void UringReactor::close(Stream& stream) {
  if (stream.closing_) {
    return;
  }
  stream.closing_ = true;
  stream.wanted_ = false;
  // An armed receive keeps the socket alive after close(): only shutdown ends it and sends the FIN.
  // Operations not yet submitted must reach the kernel first, or they would outlive the descriptor.
  ::shutdown(stream.fd_, SHUT_RDWR);
  if (stream.in_flight_ == 0) {
    closing_.push_back(&stream);
  }
}

bool UringReactor::finish_closing() {
  const bool has_any = !closing_.empty();
  for (Stream* stream : std::exchange(closing_, {})) {
    std::erase(starved_, stream);
    ::close(stream->fd_);
    Slot& slot = slots_[stream->slot_];
    slot.stream = nullptr;
    ++slot.generation;
    free_slots_.push_back(stream->slot_);
    stream->closed();
  }
  return has_any;
}

void UringReactor::watch(Listener& listener) {
  listener.wanted = true;
  if (!listener.armed) {
    io_uring_sqe& entry = sqe();
    io_uring_prep_poll_multishot(&entry, listener.fd, POLLIN);
    io_uring_sqe_set_data64(&entry, tag(Kind::listener, &listener));
    listener.armed = true;
  }
}

void UringReactor::unwatch(Listener& listener) {
  listener.wanted = false;
  if (listener.armed) {
    io_uring_sqe& entry = sqe();
    io_uring_prep_poll_remove(&entry, tag(Kind::listener, &listener));
    io_uring_sqe_set_data64(&entry, tag(Kind::none, nullptr));
  }
}

void UringReactor::rewatch(Listener& listener) {
  // Removing the poll ends it with a completion, upon which it is armed anew and looks at once.
  if (listener.armed) {
    io_uring_sqe& entry = sqe();
    io_uring_prep_poll_remove(&entry, tag(Kind::listener, &listener));
    io_uring_sqe_set_data64(&entry, tag(Kind::none, nullptr));
  }
}

void UringReactor::complete_listener(Listener& listener, const io_uring_cqe& cqe) {
  if ((cqe.flags & IORING_CQE_F_MORE) == 0) {
    listener.armed = false;
  }
  if (!listener.wanted) {
    return;
  }
  listener.ready(listener);
  if (!listener.armed && listener.wanted) {
    watch(listener);
  }
}

void UringReactor::submit(FileOp& op) {
  io_uring_sqe& entry = sqe();
  op.fault = 0;
  if (faults_are_armed.load(std::memory_order_relaxed)) [[unlikely]] {
    op.fault = judge_fault(op);
  }
  if (op.fault != 0) {
    io_uring_prep_nop(&entry);
    io_uring_sqe_set_data64(&entry, tag(Kind::file, &op));
    return;
  }
  switch (op.kind) {
    case FileOp::Kind::open:
      io_uring_prep_openat(&entry, AT_FDCWD, op.path, op.flags | O_CLOEXEC, op.mode);
      break;
    case FileOp::Kind::read:
      io_uring_prep_read(&entry, op.fd, op.data, op.size, op.offset);
      break;
    case FileOp::Kind::write:
      io_uring_prep_write(&entry, op.fd, op.data, op.size, op.offset);
      entry.rw_flags = op.flags;
      break;
    case FileOp::Kind::fsync:
      io_uring_prep_fsync(&entry, op.fd, 0);
      break;
    case FileOp::Kind::fdatasync:
      io_uring_prep_fsync(&entry, op.fd, IORING_FSYNC_DATASYNC);
      break;
    case FileOp::Kind::close:
      io_uring_prep_close(&entry, op.fd);
      break;
    case FileOp::Kind::rename:
      io_uring_prep_renameat(&entry, AT_FDCWD, op.path, AT_FDCWD, op.to, 0);
      break;
    case FileOp::Kind::unlink:
      io_uring_prep_unlinkat(&entry, AT_FDCWD, op.path, 0);
      break;
  }
  io_uring_sqe_set_data64(&entry, tag(Kind::file, &op));
}

void UringReactor::arm_wake() {
  io_uring_sqe& entry = sqe();
  io_uring_prep_read(&entry, wake_fd_, &wake_value_, sizeof wake_value_, 0);
  io_uring_sqe_set_data64(&entry, tag(Kind::wake, nullptr));
}

void UringReactor::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

}  // namespace gyre::ring
