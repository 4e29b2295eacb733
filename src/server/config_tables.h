// The rows of each TOML table; one file each, gathered by config_rows.cc.
#pragma once

#include <span>

#include "server/config_rows.h"

namespace gyre::server {

std::span<const Row> network_rows();
std::span<const Row> limits_rows();
std::span<const Row> runtime_rows();
std::span<const Row> io_rows();
std::span<const Row> data_rows();
std::span<const Row> memory_rows();
std::span<const Row> persistence_rows();
std::span<const Row> replication_rows();
std::span<const Row> cluster_rows();
std::span<const Row> security_rows();
std::span<const Row> tls_rows();
std::span<const Row> log_rows();
std::span<const Row> monitoring_rows();
std::span<const Row> scripting_rows();

}  // namespace gyre::server
