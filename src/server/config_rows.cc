// Gathers the tables of rows and finds a row by name.
#include "server/config_rows.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "server/config_tables.h"

namespace gyre::server {
namespace {

constexpr size_t kLongestName = 64;

using Entry = std::pair<std::string_view, const Row*>;

// Sorted by name; built once, on the first search.
const std::vector<Entry>& index() {
  static const std::vector<Entry> entries = [] {
    std::vector<Entry> result;
    for (const Table& table : config_tables()) {
      for (const Row& row : table.rows) {
        result.emplace_back(row.name, &row);
        if (!row.alias.empty()) {
          result.emplace_back(row.alias, &row);
        }
      }
    }
    std::sort(result.begin(), result.end());
    return result;
  }();
  return entries;
}

}  // namespace

std::span<const Table> config_tables() {
  static const Table tables[] = {
      {"network", "Where the server listens and how its sockets behave.", network_rows()},
      {"limits", "What one client, and all clients together, may use.", limits_rows()},
      {"runtime", "Cores, the process and its life.", runtime_rows()},
      {"io", "The io_uring runtime of each core.", io_rows()},
      {"data", "Databases, encodings of values, expiry and keyspace events.", data_rows()},
      {"memory", "The memory limit, eviction and freeing.", memory_rows()},
      {"persistence", "Snapshots and the append-only file.", persistence_rows()},
      {"replication", "Primary and replicas.", replication_rows()},
      {"cluster", "Cluster mode.", cluster_rows()},
      {"security", "Passwords, users and dangerous commands.", security_rows()},
      {"tls", "Encrypted connections.", tls_rows()},
      {"log", "What is logged, and where.", log_rows()},
      {"monitoring", "Slow log and latency figures.", monitoring_rows()},
      {"scripting", "Lua scripts and functions.", scripting_rows()},
  };
  return tables;
}

const Row* find_row(std::string_view name) {
  if (name.size() > kLongestName) {
    return nullptr;
  }
  const std::string key = base::to_lower(name);
  const std::vector<Entry>& entries = index();
  const auto at = std::lower_bound(entries.begin(), entries.end(), std::string_view(key),
                                   [](const Entry& e, std::string_view k) { return e.first < k; });
  return at != entries.end() && at->first == key ? at->second : nullptr;
}

const Table& table_of(const Row& row) {
  for (const Table& table : config_tables()) {
    // std::less gives an order to pointers of different arrays, which '<' does not.
    if (!std::less<const Row*>()(&row, table.rows.data()) &&
        std::less<const Row*>()(&row, table.rows.data() + table.rows.size())) {
      return table;
    }
  }
  GYRE_UNREACHABLE();
}

}  // namespace gyre::server
