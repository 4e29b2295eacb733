// Tests of ring/uring.h with real sockets and files: bytes, ends, pauses, starvation.
#include "ring/uring.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::ring {
namespace {

std::unique_ptr<Reactor> make(uint32_t buffers = 0, uint32_t buffer_size = 0) {
  std::string error;
  auto reactor = make_uring_reactor(
      {.ring_entries = 64, .receive_buffers = buffers, .receive_buffer_size = buffer_size}, error);
  EXPECT_NE(reactor, nullptr) << error;
  return reactor;
}

class TestStream final : public Stream {
 public:
  explicit TestStream(Reactor& reactor) : reactor_(&reactor) {}

  std::string bytes;
  std::vector<Slice> held;
  bool holds = false;  // keeps slices instead of copying them
  bool echoes = false;
  int sends_done = 0;
  int send_error = -1;
  int end_error = -1;
  bool is_ended = false;
  bool is_closed = false;

  void echo() {
    if (!is_sending() && !is_closing() && !bytes.empty()) {
      flying_.swap(bytes);
      bytes.clear();
      reactor_->send(*this, flying_.data(), flying_.size());
    }
  }
  void release_one() {
    bytes.append(held.front().data, held.front().size);
    reactor_->release(held.front());
    held.erase(held.begin());
  }

 private:
  void received(Slice slice) override {
    EXPECT_FALSE(is_closed);
    if (holds) {
      held.push_back(slice);
      return;
    }
    bytes.append(slice.data, slice.size);
    reactor_->release(slice);
    if (echoes) {
      echo();
    }
  }
  void receive_ended(int error) override {
    is_ended = true;
    end_error = error;
  }
  void sent(int error) override {
    ++sends_done;
    send_error = error;
    if (echoes && error == 0) {
      echo();
    }
  }
  void closed() override {
    EXPECT_FALSE(is_closed);
    is_closed = true;
  }

  Reactor* reactor_;
  std::string flying_;
};

struct Sockets {
  int ours = -1;
  int theirs = -1;
  bool is_unix = false;
  ~Sockets() {
    if (theirs >= 0) {
      ::close(theirs);
    }
  }
};

void set_timeout(int fd) {
  const timeval timeout{.tv_sec = 5};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

void connect_pair(Sockets& sockets, bool is_unix) {
  sockets.is_unix = is_unix;
  if (is_unix) {
    int fds[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    sockets.ours = fds[0];
    sockets.theirs = fds[1];
  } else {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(bind(listener, any, sizeof address), 0);
    ASSERT_EQ(listen(listener, 1), 0);
    socklen_t size = sizeof address;
    ASSERT_EQ(getsockname(listener, any, &size), 0);
    sockets.theirs = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(connect(sockets.theirs, any, size), 0);
    sockets.ours = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    ASSERT_GE(sockets.ours, 0);
    ::close(listener);
  }
  set_timeout(sockets.theirs);
}

// How much a socket holds is the machine's choice (tcp_wmem, tcp_rmem); a test that says how much
// is in flight makes it its own.
void bound_buffers(Sockets& sockets) {
  const int size = 200'000;
  for (const int fd : {sockets.ours, sockets.theirs}) {
    ASSERT_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    ASSERT_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
  }
}

template <typename Done>
bool turn_until(Reactor& reactor, Done&& done) {
  for (int i = 0; i < 5000 && !done(); ++i) {
    reactor.turn(1000);
  }
  return done();
}

std::string pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 31 + i / 251);
  }
  return bytes;
}

void expect_closed(Reactor& reactor, TestStream& stream) {
  reactor.close(stream);
  EXPECT_TRUE(turn_until(reactor, [&] { return stream.is_closed; }));
}

class UringStream : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Kinds, UringStream, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "unix" : "tcp"; });

TEST_P(UringStream, echoes_what_it_gets) {
  const auto reactor = make();
  Sockets sockets;
  connect_pair(sockets, GetParam());
  TestStream stream(*reactor);
  stream.echoes = true;
  reactor->open(stream, sockets.ours, sockets.is_unix);
  reactor->receive(stream);
  const std::string data = pattern(300'000);
  std::string answer;
  size_t sent = 0;
  base::Random random(1);
  ASSERT_EQ(fcntl(sockets.theirs, F_SETFL, O_NONBLOCK), 0);
  ASSERT_TRUE(turn_until(*reactor, [&] {
    if (sent < data.size()) {
      const size_t size = std::min<size_t>(1 + random.below(5000), data.size() - sent);
      const ssize_t got = ::send(sockets.theirs, data.data() + sent, size, MSG_NOSIGNAL);
      sent += got > 0 ? static_cast<size_t>(got) : 0;
    }
    char buffer[8192];
    const ssize_t got = recv(sockets.theirs, buffer, sizeof buffer, 0);
    if (got > 0) {
      answer.append(buffer, static_cast<size_t>(got));
    }
    return answer.size() == data.size();
  }));
  EXPECT_TRUE(answer == data);
  ::shutdown(sockets.theirs, SHUT_WR);
  ASSERT_TRUE(turn_until(*reactor, [&] { return stream.is_ended; }));
  EXPECT_EQ(stream.end_error, 0);
  expect_closed(*reactor, stream);
}

TEST_P(UringStream, closes_with_a_receive_armed) {
  const auto reactor = make();
  Sockets sockets;
  connect_pair(sockets, GetParam());
  TestStream stream(*reactor);
  reactor->open(stream, sockets.ours, sockets.is_unix);
  reactor->receive(stream);
  reactor->turn(1000);
  EXPECT_TRUE(stream.is_receiving());
  expect_closed(*reactor, stream);
  char byte;
  EXPECT_EQ(recv(sockets.theirs, &byte, 1, 0), 0);  // an orderly end
  EXPECT_FALSE(stream.is_ended);                    // whoever closes is not told again
  EXPECT_LT(fcntl(sockets.ours, F_GETFD), 0);
}

TEST_P(UringStream, closes_before_anything_was_submitted_and_with_bytes_on_the_way) {
  for (int turns = 0; turns < 4; ++turns) {
    const auto reactor = make();
    Sockets sockets;
    connect_pair(sockets, GetParam());
    TestStream stream(*reactor);
    reactor->open(stream, sockets.ours, sockets.is_unix);
    reactor->receive(stream);
    ASSERT_EQ(::send(sockets.theirs, "abc", 3, 0), 3);
    for (int i = 0; i < turns; ++i) {
      reactor->turn(0);
    }
    expect_closed(*reactor, stream);
  }
}

TEST_P(UringStream, a_large_send_ends_when_all_of_it_is_gone) {
  const auto reactor = make();
  Sockets sockets;
  connect_pair(sockets, GetParam());
  bound_buffers(sockets);
  TestStream stream(*reactor);
  reactor->open(stream, sockets.ours, sockets.is_unix);
  const std::string data = pattern(20'000'000);
  std::vector<iovec> parts;
  for (size_t at = 0; at < data.size();) {
    const size_t size = std::min<size_t>(at % 3 == 0 ? 1'000'003 : 17, data.size() - at);
    parts.push_back({const_cast<char*>(data.data()) + at, size});
    at += size;
  }
  reactor->send(stream, parts.data(), parts.size());
  EXPECT_TRUE(stream.is_sending());
  std::string got;
  std::vector<char> buffer(1'000'000);
  ASSERT_EQ(fcntl(sockets.theirs, F_SETFL, O_NONBLOCK), 0);
  ASSERT_TRUE(turn_until(*reactor, [&] {
    EXPECT_TRUE(stream.sends_done == 0 || got.size() + 4'000'000 > data.size());
    const ssize_t size = recv(sockets.theirs, buffer.data(), buffer.size(), 0);
    if (size > 0) {
      got.append(buffer.data(), static_cast<size_t>(size));
    }
    return got.size() == data.size() && stream.sends_done == 1;
  }));
  EXPECT_EQ(stream.send_error, 0);
  EXPECT_TRUE(got == data);
  expect_closed(*reactor, stream);
}

TEST_P(UringStream, a_large_send_reaches_the_kernel_in_pieces) {
  const auto reactor = make();
  Sockets sockets;
  connect_pair(sockets, GetParam());
  TestStream stream(*reactor);
  reactor->open(stream, sockets.ours, sockets.is_unix);
  const std::string data = pattern(5'000'000);
  const uint64_t submissions = reactor->stats().submissions;
  reactor->send(stream, data.data(), data.size());
  std::string got;
  std::vector<char> buffer(1'000'000);
  ASSERT_EQ(fcntl(sockets.theirs, F_SETFL, O_NONBLOCK), 0);
  ASSERT_TRUE(turn_until(*reactor, [&] {
    const ssize_t size = recv(sockets.theirs, buffer.data(), buffer.size(), 0);
    if (size > 0) {
      got.append(buffer.data(), static_cast<size_t>(size));
    }
    return got.size() == data.size() && stream.sends_done == 1;
  }));
  EXPECT_TRUE(got == data);
  EXPECT_GE(reactor->stats().submissions - submissions, 5'000'000u / (256 * 1024));
  expect_closed(*reactor, stream);
}

TEST_P(UringStream, a_send_in_flight_ends_with_an_error_when_the_stream_is_closed) {
  const auto reactor = make();
  Sockets sockets;
  connect_pair(sockets, GetParam());
  bound_buffers(sockets);
  TestStream stream(*reactor);
  reactor->open(stream, sockets.ours, sockets.is_unix);
  reactor->receive(stream);
  const std::string data = pattern(50'000'000);  // more than the sockets take
  reactor->send(stream, data.data(), data.size());
  for (int i = 0; i < 5; ++i) {
    reactor->turn(1000);
  }
  EXPECT_TRUE(stream.is_sending());
  reactor->close(stream);
  EXPECT_FALSE(stream.is_closed);  // not before the kernel has let go of the bytes
  EXPECT_TRUE(turn_until(*reactor, [&] { return stream.is_closed; }));
  EXPECT_EQ(stream.sends_done, 1);
  EXPECT_NE(stream.send_error, 0);
}

TEST_P(UringStream, the_end_of_the_peer_reaches_a_sender) {
  const auto reactor = make();
  Sockets sockets;
  connect_pair(sockets, GetParam());
  TestStream stream(*reactor);
  reactor->open(stream, sockets.ours, sockets.is_unix);
  reactor->receive(stream);
  ::close(std::exchange(sockets.theirs, -1));
  ASSERT_TRUE(turn_until(*reactor, [&] { return stream.is_ended; }));
  const std::string data = pattern(100'000);
  for (int i = 0; i < 3; ++i) {
    reactor->send(stream, data.data(), data.size());
    ASSERT_TRUE(turn_until(*reactor, [&] { return !stream.is_sending(); }));
  }
  EXPECT_TRUE(stream.send_error == EPIPE || stream.send_error == ECONNRESET) << stream.send_error;
  expect_closed(*reactor, stream);
}

TEST_P(UringStream, pauses_and_goes_on) {
  const auto reactor = make();
  Sockets sockets;
  connect_pair(sockets, GetParam());
  TestStream stream(*reactor);
  reactor->open(stream, sockets.ours, sockets.is_unix);
  std::string expected;
  for (int round = 0; round < 50; ++round) {
    reactor->receive(stream);
    const std::string text = "round " + std::to_string(round) + ";";
    ASSERT_EQ(::send(sockets.theirs, text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    expected += text;
    ASSERT_TRUE(turn_until(*reactor, [&] { return stream.bytes == expected; }));
    reactor->pause(stream);
    reactor->pause(stream);
    if (round % 3 == 0) {
      continue;  // wanted again before the kernel heard of the pause
    }
    ASSERT_TRUE(turn_until(*reactor, [&] { return !stream.is_receiving(); }));
    ASSERT_EQ(::send(sockets.theirs, "x", 1, 0), 1);
    expected += "x";
    for (int i = 0; i < 3; ++i) {
      reactor->turn(1000);
    }
    ASSERT_EQ(stream.bytes.size() + 1, expected.size());  // nothing comes while it is paused
  }
  reactor->receive(stream);
  EXPECT_TRUE(turn_until(*reactor, [&] { return stream.bytes == expected; }));
  reactor->pause(stream);
  expect_closed(*reactor, stream);
}

TEST_P(UringStream, slots_are_used_again_and_late_completions_hit_nobody) {
  const auto reactor = make();
  for (int round = 0; round < 100; ++round) {
    Sockets first;
    connect_pair(first, GetParam());
    Sockets second;
    connect_pair(second, GetParam());
    TestStream a(*reactor);
    TestStream b(*reactor);
    reactor->open(a, first.ours, first.is_unix);
    reactor->open(b, second.ours, second.is_unix);
    reactor->receive(a);
    reactor->receive(b);
    ASSERT_EQ(::send(second.theirs, "ping", 4, 0), 4);
    expect_closed(*reactor, a);
    ASSERT_TRUE(turn_until(*reactor, [&] { return b.bytes == "ping"; }));
    expect_closed(*reactor, b);
  }
}

// Few buffers, all of them held: streams wait for buffers without burning the processor, and go on
// when some are given back.
TEST_P(UringStream, starves_quietly_and_recovers) {
  for (const uint32_t size : {256u, 4096u}) {
    const auto reactor = make(2, size);
    Sockets sockets[3];
    std::vector<std::unique_ptr<TestStream>> streams;
    for (Sockets& pair : sockets) {
      connect_pair(pair, GetParam());
      streams.push_back(std::make_unique<TestStream>(*reactor));
      streams.back()->holds = true;
      reactor->open(*streams.back(), pair.ours, pair.is_unix);
      reactor->receive(*streams.back());
    }
    const std::string data = pattern(3000);
    for (Sockets& pair : sockets) {
      ASSERT_EQ(::send(pair.theirs, data.data(), data.size(), 0), 3000);
    }
    ASSERT_TRUE(turn_until(*reactor, [&] { return reactor->stats().starved > 0; }));
    const uint64_t enters = reactor->stats().enters;
    const uint64_t starved = reactor->stats().starved;
    for (int i = 0; i < 20; ++i) {
      reactor->turn(500);
    }
    EXPECT_LE(reactor->stats().enters - enters, 20u);
    EXPECT_LE(reactor->stats().starved - starved, 3u);  // it does not ask in vain again and again
    size_t received = 0;
    ASSERT_TRUE(turn_until(*reactor, [&] {
      received = 0;
      for (auto& stream : streams) {
        if (!stream->held.empty()) {
          stream->release_one();
        }
        received += stream->bytes.size();
      }
      return received == 9000;
    }));
    for (auto& stream : streams) {
      EXPECT_TRUE(stream->bytes == data);
    }
    for (auto& stream : streams) {
      expect_closed(*reactor, *stream);
    }
  }
}

TEST(Uring, slices_stay_as_they_are_until_the_last_holder_lets_go) {
  const auto reactor = make(2, 1024);
  Sockets sockets;
  connect_pair(sockets, false);
  TestStream stream(*reactor);
  stream.holds = true;
  reactor->open(stream, sockets.ours, false);
  reactor->receive(stream);
  ASSERT_EQ(::send(sockets.theirs, "first", 5, 0), 5);
  ASSERT_TRUE(turn_until(*reactor, [&] { return stream.held.size() == 1; }));
  const Slice kept = stream.held[0];
  reactor->retain(kept);
  stream.release_one();
  stream.holds = false;
  for (int i = 0; i < 100; ++i) {
    const std::string text = pattern(300);
    ASSERT_EQ(::send(sockets.theirs, text.data(), text.size(), 0), 300);
    const size_t wanted = stream.bytes.size() + 300;
    ASSERT_TRUE(turn_until(*reactor, [&] { return stream.bytes.size() == wanted; }));
    ASSERT_EQ(std::string_view(kept.data, kept.size), "first");
  }
  reactor->release(kept);
  expect_closed(*reactor, stream);
}

TEST(Uring, receive_memory_is_scarce_when_slices_hold_most_of_it) {
  const auto reactor = make(4, 1024);
  Sockets sockets;
  connect_pair(sockets, false);
  TestStream stream(*reactor);
  stream.holds = true;
  reactor->open(stream, sockets.ours, false);
  reactor->receive(stream);
  EXPECT_FALSE(reactor->is_scarce());
  const std::string text = pattern(3 * 1024);
  ASSERT_EQ(::send(sockets.theirs, text.data(), text.size(), 0), 3 * 1024);
  ASSERT_TRUE(turn_until(*reactor, [&] { return reactor->is_scarce(); }));
  while (!stream.held.empty()) {
    stream.release_one();
  }
  EXPECT_FALSE(reactor->is_scarce());
  expect_closed(*reactor, stream);
}

TEST(Uring, files_are_written_and_read) {
  const auto reactor = make();
  char path[] = "/tmp/gyre-uring-test-XXXXXX";
  const int made = mkstemp(path);
  ASSERT_GE(made, 0);
  ::close(made);
  static int done = 0;
  const auto run = [&](FileOp& op) {
    done = 0;
    op.done = [](FileOp&) { ++done; };
    reactor->submit(op);
    EXPECT_TRUE(turn_until(*reactor, [] { return done == 1; }));
    return op.result;
  };
  FileOp open{.kind = FileOp::Kind::open, .path = path, .flags = O_RDWR};
  const int fd = run(open);
  ASSERT_GE(fd, 0);
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  std::string data = pattern(100'000);
  FileOp write{.kind = FileOp::Kind::write, .fd = fd, .data = data.data(), .size = 100'000};
  EXPECT_EQ(run(write), 100'000);
  FileOp sync{.kind = FileOp::Kind::fdatasync, .fd = fd};
  EXPECT_EQ(run(sync), 0);
  sync.kind = FileOp::Kind::fsync;
  EXPECT_EQ(run(sync), 0);
  std::string got(60'000, '\0');
  FileOp read{
      .kind = FileOp::Kind::read, .fd = fd, .data = got.data(), .size = 60'000, .offset = 50'000};
  EXPECT_EQ(run(read), 50'000);
  EXPECT_TRUE(got.substr(0, 50'000) == data.substr(50'000));
  FileOp close{.kind = FileOp::Kind::close, .fd = fd};
  EXPECT_EQ(run(close), 0);
  EXPECT_EQ(run(close), -EBADF);
  FileOp missing{.kind = FileOp::Kind::open, .path = "/nonexistent/file", .flags = O_RDONLY};
  EXPECT_EQ(run(missing), -ENOENT);
  ::unlink(path);
}

TEST(Uring, more_operations_than_the_ring_has_entries) {
  const auto reactor = make();
  static int done = 0;
  done = 0;
  std::vector<FileOp> ops(1000, FileOp{.kind = FileOp::Kind::close, .fd = -1});
  for (FileOp& op : ops) {
    op.done = [](FileOp& self) { done += self.result == -EBADF ? 1 : 0; };
    reactor->submit(op);
  }
  EXPECT_TRUE(turn_until(*reactor, [] { return done == 1000; }));
}

struct TestListener : Listener {
  int accepted = 0;
};

TEST(Uring, a_listener_tells_of_connections_until_it_is_not_watched) {
  const auto reactor = make();
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(fd, any, size), 0);
  ASSERT_EQ(listen(fd, 16), 0);
  ASSERT_EQ(getsockname(fd, any, &size), 0);
  TestListener listener;
  listener.fd = fd;
  listener.ready = [](Listener& self) {
    for (int got = 0; (got = accept4(self.fd, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      ++static_cast<TestListener&>(self).accepted;
      ::close(got);
    }
  };
  reactor->watch(listener);
  std::vector<int> clients;
  const auto knock = [&] {
    clients.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(connect(clients.back(), any, size), 0);
  };
  for (int i = 1; i <= 5; ++i) {
    knock();
    ASSERT_TRUE(turn_until(*reactor, [&] { return listener.accepted == i; }));
  }
  reactor->unwatch(listener);
  ASSERT_TRUE(turn_until(*reactor, [&] { return !listener.armed; }));
  knock();
  for (int i = 0; i < 3; ++i) {
    reactor->turn(1000);
  }
  EXPECT_EQ(listener.accepted, 5);
  reactor->watch(listener);
  EXPECT_TRUE(turn_until(*reactor, [&] { return listener.accepted == 6; }));
  reactor->unwatch(listener);
  turn_until(*reactor, [&] { return !listener.armed; });
  for (const int client : clients) {
    ::close(client);
  }
  ::close(fd);
}

TEST(Uring, describes_itself) {
  const auto reactor = make(4, 2048);
  EXPECT_TRUE(reactor->description().starts_with("io_uring, 64 entries, 4 x 2 KiB"))
      << reactor->description();
}

}  // namespace
}  // namespace gyre::ring
