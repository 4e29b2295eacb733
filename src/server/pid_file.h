// PidFile: the file that tells others which process serves.
#pragma once

#include <string>

namespace gyre::server {

class PidFile {
 public:
  // Writes the id of this process; logs a warning if that fails. A path relative to the working
  // directory of this moment is meant.
  void write(const std::string& path);
  // Removes the file if it was written.
  void remove();

 private:
  std::string path_;  // absolute; empty: nothing was written
};

}  // namespace gyre::server
