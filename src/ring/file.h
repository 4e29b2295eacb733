// Files for coroutines: each call is one operation of the ring, and ends with what the system call
// would have returned, or -errno.
#pragma once

#include <coroutine>
#include <cstdint>

#include "ring/core.h"
#include "ring/reactor.h"
#include "ring/sync.h"

namespace gyre::ring {

// co_await file_op({.kind = FileOp::Kind::open, ...}); what it points to outlives the wait.
inline auto file_op(FileOp op) {
  struct Awaiter : FileOp {
    std::coroutine_handle<> caller;
    explicit Awaiter(const FileOp& of) : FileOp(of) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      caller = handle;
      done = [](FileOp& ended) { schedule(static_cast<Awaiter&>(ended).caller); };
      Core::current().reactor().submit(*this);
    }
    int await_resume() const noexcept { return result; }
  };
  return Awaiter(op);
}

inline auto open_file(const char* path, int flags, uint32_t mode = 0) {
  FileOp op{};
  op.kind = FileOp::Kind::open;
  op.path = path;
  op.flags = flags;
  op.mode = mode;
  return file_op(op);
}
inline auto read_file(int fd, void* data, uint32_t size, uint64_t offset) {
  FileOp op{};
  op.kind = FileOp::Kind::read;
  op.fd = fd;
  op.data = data;
  op.size = size;
  op.offset = offset;
  return file_op(op);
}
inline auto write_file(int fd, const void* data, uint32_t size, uint64_t offset) {
  FileOp op{};
  op.kind = FileOp::Kind::write;
  op.fd = fd;
  op.data = const_cast<void*>(data);
  op.size = size;
  op.offset = offset;
  return file_op(op);
}
inline auto sync_file(int fd) {
  FileOp op{};
  op.kind = FileOp::Kind::fsync;
  op.fd = fd;
  return file_op(op);
}
inline auto close_file(int fd) {
  FileOp op{};
  op.kind = FileOp::Kind::close;
  op.fd = fd;
  return file_op(op);
}
inline auto rename_file(const char* from, const char* to) {
  FileOp op{};
  op.kind = FileOp::Kind::rename;
  op.path = from;
  op.to = to;
  return file_op(op);
}
inline auto remove_file(const char* path) {
  FileOp op{};
  op.kind = FileOp::Kind::unlink;
  op.path = path;
  return file_op(op);
}

}  // namespace gyre::ring
