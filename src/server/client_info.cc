#include "server/client_info.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "exec/channels.h"
#include "exec/tracking.h"
#include "exec/transaction.h"
#include "server/core_server.h"

namespace gyre::server {
namespace {

std::string flags_of(const Connection& connection) {
  std::string flags;
  const auto add = [&flags](bool is_on, char flag) {
    if (is_on) {
      flags += flag;
    }
  };
  const exec::ClientTracking* tracking = connection.tracking.get();
  add(connection.is_monitor(), 'O');
  add(connection.is_subscribed(), 'P');
  add(connection.transaction != nullptr && connection.transaction->is_open(), 'x');
  add(connection.blocked != nullptr, 'b');
  add(tracking != nullptr, 't');
  add(tracking != nullptr && tracking->is_redirect_broken, 'R');
  add(tracking != nullptr && tracking->options.is_broadcast, 'B');
  add(connection.is_finished(), 'c');
  add(connection.arrival().is_unix, 'U');
  add(connection.no_evict, 'e');
  add(connection.no_touch, 'T');
  return flags.empty() ? "N" : flags;
}

// -1: no transaction is open.
int64_t queued_commands(const Connection& connection) {
  const exec::Transaction* transaction = connection.transaction.get();
  return transaction != nullptr && transaction->is_open()
             ? static_cast<int64_t>(transaction->size())
             : -1;
}

}  // namespace

std::string client_line(Connection& c) {
  const int64_t now_ms = c.core().core().unix_ms();
  const size_t output = c.output_bytes();
  const size_t input = c.input_bytes();
  const size_t capacity = c.input_capacity();
  const size_t multi_bytes = c.transaction != nullptr ? c.transaction->bytes() : 0;
  const size_t total =
      multi_bytes + sizeof(Connection) + std::max(capacity, input) + output + c.name.capacity();
  return fmt::format(
      "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} "
      "multi={} qbuf={} qbuf-free={} argv-mem=0 multi-mem={} rbs=0 rbp=0 obl=0 oll={} omem={} "
      "tot-mem={} events={} cmd={} user=default redir={} resp={} lib-name={} lib-ver={}",
      c.id, c.arrival().peer, c.arrival().local, c.fd(), c.name, (now_ms - c.created_ms) / 1000,
      (now_ms - c.active_ms) / 1000, flags_of(c), c.db, exec::count_of(c, exec::Listening::channel),
      exec::count_of(c, exec::Listening::pattern), exec::count_of(c, exec::Listening::shard),
      queued_commands(c), input, capacity - std::min(capacity, input), multi_bytes,
      output > 0 ? 1 : 0, output, total, c.is_sending() ? "rw" : "r",
      c.last_command == nullptr ? "NULL" : c.last_command->full_name,
      c.tracking == nullptr ? -1 : static_cast<int64_t>(c.tracking->options.redirect),
      c.resp3 ? 3 : 2, c.lib_name, c.lib_version);
}

bool parse_client_type(std::string_view name, ClientType& type) {
  struct Name {
    std::string_view text;
    ClientType type;
  };
  constexpr Name kNames[] = {{"normal", ClientType::normal},   {"slave", ClientType::replica},
                             {"replica", ClientType::replica}, {"pubsub", ClientType::pubsub},
                             {"master", ClientType::primary},  {"primary", ClientType::primary}};
  for (const Name& known : kNames) {
    if (base::equals_ignore_case(name, known.text)) {
      type = known.type;
      return true;
    }
  }
  return false;
}

ClientType type_of(const Connection& connection) {
  return connection.is_subscribed() ? ClientType::pubsub : ClientType::normal;
}

bool is_plain_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

bool matches(const ClientFilter& filter, Connection& connection) {
  const Arrival& arrival = connection.arrival();
  if (connection.id == filter.spared_id) {
    return false;
  }
  if (!filter.ids.empty() &&
      std::find(filter.ids.begin(), filter.ids.end(), connection.id) == filter.ids.end()) {
    return false;
  }
  if ((!filter.peer.empty() && filter.peer != arrival.peer) ||
      (!filter.local.empty() && filter.local != arrival.local)) {
    return false;
  }
  if (filter.type != ClientType::any && filter.type != type_of(connection)) {
    return false;
  }
  if (!filter.user.empty() && (filter.user != "default" || !connection.authenticated)) {
    return false;
  }
  const int64_t age_ms = connection.core().core().unix_ms() - connection.created_ms;
  return filter.age_min_s == 0 || age_ms / 1000 >= filter.age_min_s;
}

}  // namespace gyre::server
