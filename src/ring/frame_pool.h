// Memory for coroutine frames: per-thread free lists of small size classes, because a frame is made
// and dropped on the same core and a general allocator costs more than the coroutine itself.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gyre::ring {

// Returns memory of at least `size` bytes, aligned to 16. Never fails (aborts on exhaustion).
void* frame_alloc(size_t size);
// `size` must be the size the frame was allocated with; must run on the allocating thread.
void frame_free(void* frame, size_t size);

// Frames allocated on this thread since it started; budget tests assert on it.
uint64_t frames_made();

}  // namespace gyre::ring
