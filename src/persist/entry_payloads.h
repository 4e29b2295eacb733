// EntryPayloads: values as the journal takes them down.
#pragma once

#include <optional>

#include "exec/recorder.h"
#include "persist/dump_payload.h"

namespace gyre::persist {

class EntryPayloads final : public exec::Payloads {
 public:
  std::string_view payload(const store::Entry& entry) override {
    sink_.emplace();
    write_payload(*sink_, entry, true);
    return sink_->bytes();
  }

 private:
  std::optional<BlobSink> sink_;
};

}  // namespace gyre::persist
