// The small types that fields of Config hold: choices with fixed names and a few structures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gyre::server {

// Order of enumerators is the order in which Redis lists the names in its error texts.
enum class MaxmemoryPolicy : uint8_t {
  volatile_lru,
  volatile_lfu,
  volatile_random,
  volatile_ttl,
  allkeys_lru,
  allkeys_lfu,
  allkeys_random,
  noeviction,
};
enum class SyslogFacility : uint8_t {
  user,
  local0,
  local1,
  local2,
  local3,
  local4,
  local5,
  local6,
  local7,
};
enum class Supervised : uint8_t { upstart, systemd, auto_detect, no };
enum class Appendfsync : uint8_t { everysec, always, no };
enum class Recovery : uint8_t { refuse, salvage };
enum class DisklessLoad : uint8_t { disabled, on_empty_db, swapdb };
enum class TlsAuthClients : uint8_t { no, yes, optional };
enum class OomScoreAdj : uint8_t { no, yes, relative, absolute };
enum class AclPubsubDefault : uint8_t { allchannels, resetchannels };
enum class SanitizePayload : uint8_t { no, yes, clients };
enum class ProtectedAction : uint8_t { no, yes, local };
enum class EndpointType : uint8_t { ip, hostname, unknown_endpoint };
enum class PropagationError : uint8_t { ignore, panic, panic_on_replicas };
enum class PipelineOrder : uint8_t { relaxed, strict };
enum class IoBackend : uint8_t { automatic, uring };

// Bits of shutdown-on-sigterm and shutdown-on-sigint; none set means "default".
enum ShutdownFlag : uint32_t {
  kShutdownSave = 1,
  kShutdownNosave = 2,
  kShutdownNow = 4,
  kShutdownForce = 8,
};

// Bits of notify-keyspace-events.
enum KeyspaceEvent : uint32_t {
  kEventKeyspace = 1U << 0,  // K
  kEventKeyevent = 1U << 1,  // E
  kEventGeneric = 1U << 2,   // g
  kEventString = 1U << 3,    // $
  kEventList = 1U << 4,      // l
  kEventSet = 1U << 5,       // s
  kEventHash = 1U << 6,      // h
  kEventZset = 1U << 7,      // z
  kEventExpired = 1U << 8,   // x
  kEventEvicted = 1U << 9,   // e
  kEventStream = 1U << 10,   // t
  kEventMissed = 1U << 11,   // m
  kEventModule = 1U << 12,   // d
  kEventNew = 1U << 13,      // n
  // What 'A' stands for: every class except missed and new keys.
  kEventAll = kEventGeneric | kEventString | kEventList | kEventSet | kEventHash | kEventZset |
              kEventExpired | kEventEvicted | kEventStream | kEventModule,
};

// One pair of `save`: a snapshot is due after `seconds` when at least `changes` writes happened.
struct SavePoint {
  int64_t seconds = 0;
  int64_t changes = 0;
  bool operator==(const SavePoint&) const = default;
};

// A client is cut when its pending output passes hard_bytes, or stays above soft_bytes for
// soft_seconds. 0 switches a limit off.
struct OutputLimit {
  int64_t hard_bytes = 0;
  int64_t soft_bytes = 0;
  int64_t soft_seconds = 0;
  bool operator==(const OutputLimit&) const = default;
};

struct OutputLimits {
  OutputLimit normal;
  OutputLimit replica;
  OutputLimit pubsub;
  bool operator==(const OutputLimits&) const = default;
};

// Empty host: this server is a primary.
struct PrimaryAddress {
  std::string host;
  int64_t port = 0;
  bool operator==(const PrimaryAddress&) const = default;
};

}  // namespace gyre::server
