// The files that are generated from the rows; `./dev docs` writes them.
#pragma once

#include <string>

namespace gyre::server {

std::string config_toml_file();  // config/gyre.toml
std::string config_docs_file();  // docs/config.md

}  // namespace gyre::server
