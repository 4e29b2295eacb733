// Client: encoding, decoding, and the end of connections.
#include "client.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace gyre::consistency {

namespace {

[[noreturn]] void give_up(const std::string& why) {
  fmt::print("gyre-consistency: {}\n", why);
  leave(2);
}

bool parse(std::string_view text, int64_t& number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

std::string Reply::describe() const {
  if (nil) return "nil";
  if (kind == ':') return fmt::format("{}", number);
  if (kind != '*') return text;
  std::string all = "[";
  for (const Reply& item : items) all += (all.size() > 1 ? " " : "") + item.describe();
  return all + "]";
}

void Client::connect() {
  close();
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    give_up(fmt::format("no server answers on port {}: {}", port_, strerror(errno)));
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::lock_guard lock(mutex_);
  fd_ = fd;
}

void Client::close() {
  id_.store(0, std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  out_.clear();
  in_.clear();
  at_ = added_ = pending_ = 0;
  seat_->rests();
}

bool Client::kill() {
  std::lock_guard lock(mutex_);
  return fd_ >= 0 && shutdown(fd_, SHUT_RDWR) == 0;
}

void Client::ask_id() {
  Reply reply;
  if (call(reply, {"CLIENT", "ID"})) id_.store(reply.number, std::memory_order_relaxed);
}

void Client::add_word(std::string_view word) {
  out_ += fmt::format("${}\r\n", word.size());
  out_ += word;
  out_ += "\r\n";
}

Client& Client::add(std::initializer_list<std::string_view> words) {
  out_ += fmt::format("*{}\r\n", words.size());
  for (std::string_view word : words) add_word(word);
  added_++;
  return *this;
}

Client& Client::add(const std::vector<std::string>& words) {
  out_ += fmt::format("*{}\r\n", words.size());
  for (const std::string& word : words) add_word(word);
  added_++;
  return *this;
}

bool Client::send(int64_t allowed_s) {
  if (fd_ < 0) return false;
  pending_ += added_;
  added_ = 0;
  seat_->asks(out_, allowed_s);
  size_t sent = 0;
  while (sent < out_.size()) {
    const ssize_t n = ::send(fd_, out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  const bool whole = sent == out_.size();
  out_.clear();
  return whole;
}

bool Client::read(Reply& reply) {
  reply = Reply();
  if (fd_ < 0 || !read_reply(reply)) {
    seat_->rests();
    return false;
  }
  seat_->answered();
  if (--pending_ == 0) seat_->rests();
  return true;
}

bool Client::call(Reply& reply, std::initializer_list<std::string_view> words) {
  return add(words).send() && read(reply);
}

Reply Client::must(std::initializer_list<std::string_view> words) {
  Reply reply;
  if (!call(reply, words)) give_up(fmt::format("{}: no answer", *words.begin()));
  if (reply.is_error()) give_up(fmt::format("{}: {}", *words.begin(), reply.text));
  return reply;
}

bool Client::fill() {
  if (at_ > 0) {
    in_.erase(0, at_);
    at_ = 0;
  }
  char buffer[16384];
  ssize_t n = 0;
  do {
    n = recv(fd_, buffer, sizeof buffer, 0);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  in_.append(buffer, static_cast<size_t>(n));
  return true;
}

bool Client::read_line(std::string_view& line) {
  size_t end = 0;
  while ((end = in_.find("\r\n", at_)) == std::string::npos) {
    if (!fill()) return false;
  }
  line = std::string_view(in_).substr(at_, end - at_);
  at_ = end + 2;
  return true;
}

bool Client::read_reply(Reply& reply) {
  std::string_view line;
  if (!read_line(line)) return false;
  reply.kind = line.empty() ? '?' : line[0];
  const std::string_view rest = line.substr(line.empty() ? 0 : 1);
  if (reply.kind == '+' || reply.kind == '-') {
    reply.text = rest;
    return true;
  }
  if (!parse(rest, reply.number)) give_up("no RESP2: " + std::string(line));
  if (reply.kind == ':') return true;
  if (reply.number < 0) {
    reply.nil = true;
    reply.number = 0;
    return true;
  }
  const size_t size = static_cast<size_t>(reply.number);
  if (reply.kind == '$') {
    while (in_.size() - at_ < size + 2) {
      if (!fill()) return false;
    }
    reply.text = in_.substr(at_, size);
    at_ += size + 2;
    if (!parse(reply.text, reply.number)) reply.number = 0;
    return true;
  }
  if (reply.kind != '*') give_up("no RESP2: " + std::string(line));
  reply.items.resize(size);
  for (Reply& item : reply.items) {
    if (!read_reply(item)) return false;
  }
  return true;
}

}  // namespace gyre::consistency
