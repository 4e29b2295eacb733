// CONFIG GET and CONFIG SET.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/config_rows.h"

namespace gyre::server {

struct NameValue {
  std::string name;
  std::string value;
};

// Parameters that match any of the glob patterns, each once. A plain name matches in any case, is
// given back as it was written, and finds hidden parameters too.
std::vector<NameValue> config_get(const Config& config, std::span<const std::string_view> patterns);

struct SetContext {
  bool local_client = false;  // connected over loopback or the Unix socket
  bool can_turn_on = true;    // the append-only file
};

// Sets all pairs or none. Gives the rows whose value changed, or the text of the error reply.
//
// The config is a copy of the one in force. The server then applies what changed; if that fails
// (a port is taken, say) it drops the copy, applies the old values again and replies with
// config_set_error().
Checked<std::vector<const Row*>> config_set(Config& config, std::span<const NameValue> pairs,
                                            const SetContext& context);

// The error reply of CONFIG SET about one argument; the reason may be empty.
std::string config_set_error(std::string_view argument, std::string_view reason);

// True if a client may do what the setting (enable-debug-command and such) guards.
bool is_allowed(ProtectedAction setting, bool local_client);

}  // namespace gyre::server
