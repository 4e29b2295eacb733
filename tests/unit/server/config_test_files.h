// A folder of its own for each test, with files in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "server/config_load.h"

namespace gyre::server {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gyre-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name)) << text;
    return path(name);
  }

  std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

// Loads a text as a file named "t.toml" or "t.conf"; errors and warnings name it so.
inline Checked<LoadedConfig> load_text(const std::string& text, ConfigForm form,
                                       bool strict = false) {
  const TestFolder folder;
  const std::string name = form == ConfigForm::toml ? "t.toml" : "t.conf";
  const std::string path = folder.write(name, text);
  Checked<LoadedConfig> loaded = load_config({.file = path, .form = form, .strict = strict});
  const auto shorten = [&](std::string& message) {
    for (size_t at = 0; (at = message.find(path)) != std::string::npos;) {
      message.replace(at, path.size(), name);
    }
  };
  if (!loaded) {
    shorten(loaded.error());
    return loaded;
  }
  for (std::string& warning : loaded->warnings) {
    shorten(warning);
  }
  return loaded;
}

inline Config toml_config(const std::string& text) {
  Checked<LoadedConfig> loaded = load_text(text, ConfigForm::toml);
  EXPECT_TRUE(loaded) << loaded.error();
  return loaded ? loaded->config : Config();
}

inline Config conf_config(const std::string& text) {
  Checked<LoadedConfig> loaded = load_text(text, ConfigForm::redis_conf);
  EXPECT_TRUE(loaded) << loaded.error();
  return loaded ? loaded->config : Config();
}

}  // namespace gyre::server
