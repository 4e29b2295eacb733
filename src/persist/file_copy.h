// copy_file(): a file once more, under another name.
#pragma once

#include <string>

#include "ring/task.h"

namespace gyre::persist {

// Makes or replaces `to`, which is on the disk when that is done; a file system that can share the
// blocks of both does that. 0, or an errno.
ring::Task<int> copy_file(std::string from, std::string to);

}  // namespace gyre::persist
