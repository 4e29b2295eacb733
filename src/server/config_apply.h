// CONFIG SET and CONFIG REWRITE on a running server: what a changed parameter does besides
// changing.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "server/config_set.h"
#include "server/server.h"

namespace gyre::server {

// A configuration on its way to the cores. Later ones have larger versions, so a core that has seen
// a newer one ignores an older one that arrives late.
struct ConfigVersion {
  Config config;
  uint64_t version = 0;
};

// Sets the parameters in the server's configuration and does what follows from them once for the
// process; every core must then apply() what comes back. First core only. The error is the text of
// the reply; nothing has changed then.
Checked<ConfigVersion> change_config(Server& server, std::span<const NameValue> pairs,
                                     const SetContext& context);

// Brings the configuration file up to date. First core only; the error is the text of the reply.
Checked<void> rewrite_config(Server& server);

}  // namespace gyre::server
