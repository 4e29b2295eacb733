// daemonize(): goes on as a process of its own in the background.
#pragma once

namespace gyre::app {

// Before anything is started or opened: threads, rings and locks of files do not survive a fork.
// The process that was called ends with status 0; the one that goes on leads a session of its own
// and has no terminal. False, with errno set, if there can be no second process.
bool daemonize();

}  // namespace gyre::app
