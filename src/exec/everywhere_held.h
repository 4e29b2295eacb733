// HeldCores: all cores locked for as long as something of many steps takes.
#pragma once

#include <vector>

#include "exec/core_parts.h"
#include "exec/request.h"
#include "exec/session.h"
#include "ring/task.h"

namespace gyre::exec {

// Made and used on one core, and released before it goes. What runs for request(), or for another
// session with `holds_cores`, is not locked out; every other command that looks at keys waits, or
// if the locks are shared, every one that writes.
class HeldCores {
 public:
  explicit HeldCores(bool exclusive);
  HeldCores(const HeldCores&) = delete;
  HeldCores& operator=(const HeldCores&) = delete;

  ring::Task<> lock();
  ring::Task<> release();
  const Request& request() const { return request_; }

 private:
  struct Holder final : Session {};

  Holder holder_;
  Request request_;
  std::vector<CorePart> parts_;
  std::vector<CorePart*> all_;
};

}  // namespace gyre::exec
