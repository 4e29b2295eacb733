// Fields of several words: how each is read, checked and written back.
#pragma once

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

}  // namespace gyre::server
