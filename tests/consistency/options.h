// What a run is told on the command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gyre::consistency {

struct Options {
  std::string part;
  // Clients are dealt out over the ports; more than one port is for proving the prover.
  std::vector<uint16_t> ports;
  int64_t clients = 16;
  int64_t count = 100'000;  // operations, transactions or elements
  int64_t seconds = 10;     // of the hunt
  int64_t keys = 96;
  int64_t kills = 40;
  int64_t pipeline = 8;  // requests of one batch at most
  int64_t seed = 1;
  int64_t stall = 60;
  // Clients do in several commands what they pretend to do in one: must be found out.
  bool torn = false;
  bool plain = false;      // without MULTI, WATCH and blocking commands
  bool unblocked = false;  // without blocking commands
  bool strict = false;     // the server runs with pipeline-order = "strict"

  uint16_t port(size_t client) const { return ports[client % ports.size()]; }
};

// Prints what is wrong and returns false.
bool parse_options(int count, char** words, Options& options);

}  // namespace gyre::consistency
