// Fields of several words: how each is read, checked and written back.
#pragma once

#include <cstdint>
#include <string>

#include "server/config_rows.h"

namespace gyre::server {

extern const ListField kBindField;
extern const ListField kSaveField;
extern const ListField kOutputLimitsField;
extern const ListField kOomValuesField;
extern const ListField kPercentilesField;
extern const ListField kReplicaofField;
extern const ListField kKeyspaceEventsField;
extern const ListField kShutdownSigintField;
extern const ListField kShutdownSigtermField;

// The letters of all classes in Config::notify_keyspace_events.
std::string keyspace_event_letters(uint32_t bits);

}  // namespace gyre::server
