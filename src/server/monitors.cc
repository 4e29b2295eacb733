#include "server/monitors.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "resp/output.h"
#include "server/core_server.h"

namespace gyre::server {
namespace {

constexpr uint64_t kMicros = 1'000'000;

// The name and the password behind an AUTH among the arguments of HELLO, all arguments of AUTH
// itself: monitors see that there were some.
bool is_secret(const exec::Request& request, size_t index) {
  const std::string_view name = request.command->name;
  if (name == "AUTH") {
    return index > 0;
  }
  const auto follows_auth = [&](size_t distance) {
    return index >= distance + 2 && base::equals_ignore_case(request.arg(index - distance), "AUTH");
  };
  return name == "HELLO" && (follows_auth(1) || follows_auth(2));
}

}  // namespace

struct Monitors::Interest final : exec::News {
  bool is_more = false;

  void hear(exec::Engine&) const override {
    CoreServer::current().monitors().count(origin(), is_more);
  }
};

// What another core has shown.
struct Monitors::Lines : ring::Message {
  std::string text;
};

void Monitors::count(uint16_t core, bool is_more) {
  counts_.resize(core_.engine().all().count());
  counts_[core] += is_more ? 1 : -1U;
  const bool was_on = is_on();
  total_ += is_more ? 1 : -1U;
  if (was_on == is_on()) {
    return;
  }
  for (Connection& connection : core_.connections()) {
    connection.is_watched = is_on();
    connection.update_care();
  }
}

void Monitors::tell(Connection* connection, bool is_more) {
  auto news = std::make_unique<Interest>();
  news->is_more = is_more;
  core_.engine().announcer().tell(std::move(news), connection);
}

void Monitors::add(Connection& connection) {
  connection.set_monitor(true);
  own_.push_back(&connection);
  count(core_.core().id(), true);
  tell(&connection, true);
}

void Monitors::remove(Connection& connection, bool is_over) {
  if (!connection.is_monitor()) {
    return;
  }
  connection.set_monitor(false);
  std::erase(own_, &connection);
  count(core_.core().id(), false);
  tell(is_over ? nullptr : &connection, false);
}

void Monitors::show(const Connection& connection, const exec::Request& request) {
  if (!is_on() || request.command->has(exec::kSkipMonitor | exec::kAdmin)) {
    return;
  }
  const auto now_us = static_cast<uint64_t>(base::unix_us());
  const Arrival& from = connection.arrival();
  const std::string peer =
      from.is_unix ? "unix:" + from.peer.substr(0, from.peer.rfind(':')) : from.peer;
  lines_ +=
      fmt::format("+{}.{:06} [{} {}]", now_us / kMicros, now_us % kMicros, connection.db, peer);
  for (size_t i = 0; i < request.size(); ++i) {
    lines_ += ' ';
    lines_ += is_secret(request, i) ? "\"(redacted)\"" : base::escape_quoted(request.arg(i));
  }
  lines_ += "\r\n";
}

void Monitors::end_turn() {
  if (lines_.empty()) {
    return;
  }
  const std::string lines = std::exchange(lines_, {});
  for (uint16_t core = 0; core < counts_.size(); ++core) {
    if (core == core_.core().id() || counts_[core] == 0) {
      continue;
    }
    auto* message = new Lines;
    message->text = lines;
    message->run = [](ring::Message& arrived, ring::Core&) {
      const std::unique_ptr<Lines> self(static_cast<Lines*>(&arrived));
      CoreServer::current().monitors().deliver(self->text);
    };
    core_.core().post(core, *message);
  }
  deliver(lines);
}

void Monitors::deliver(const std::string& lines) {
  if (own_.empty()) {
    return;
  }
  resp::Frame frame;
  frame.make(core_.engine().push_chunks(), lines.size(), false,
             [&lines](resp::Reply& reply) { reply.raw(lines); });
  for (Connection* connection : own_) {
    connection->push(frame);
  }
}

}  // namespace gyre::server
