// What happens to files as a whole: copies, second names, directories that reach the disk.
#pragma once

#include <string>

#include "ring/task.h"

namespace gyre::persist {

// Makes or replaces `to`, which is on the disk when that is done; a file system that can share the
// blocks of both does that. 0, or an errno.
ring::Task<int> copy_file(std::string from, std::string to);
// A second name of the file as long as nobody writes to it, or a copy where that cannot be.
ring::Task<int> link_file(std::string from, std::string to);
// Names in the directory are on the disk when this is done. 0, or an errno.
ring::Task<int> sync_directory(std::string path);

}  // namespace gyre::persist
