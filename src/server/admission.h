// Who is let in: the limits checked when a client connects.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/config.h"
#include "server/connection.h"

namespace gyre::server {

// The bytes to answer a connection with that must be turned away; empty if it may come in.
std::string_view refusal(const Arrival& arrival, const Config& config, int connected);

// Descriptors that no client gets: a rewrite, a snapshot and new files need some at any time.
uint64_t reserved_files(uint16_t cores);
// Is this descriptor one of those? The lowest that is free is handed out always.
bool is_reserved_file(int fd, uint16_t cores);

// True for the first word of an HTTP request. Web browsers can be made to send requests to this
// port; what they send is never run.
bool is_http(std::string_view word);

}  // namespace gyre::server
