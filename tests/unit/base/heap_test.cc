#include "base/heap.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include "base/random.h"

namespace gyre::base {
namespace {

TEST(Heap, classes_cover_their_sizes_and_are_their_own) {
  size_t last = 0;
  for (size_t size = 1; size <= 3 * kHeapMax; ++size) {
    const size_t rounded = heap_class(size);
    ASSERT_GE(rounded, size);
    ASSERT_EQ(heap_class(rounded), rounded);
    ASSERT_GE(rounded, last);
    ASSERT_EQ(rounded % 8, 0u);
    last = rounded;
  }
}

TEST(Heap, objects_keep_their_bytes_whatever_is_freed_around_them) {
  const int64_t before = heap_used;
  Random random(7);
  std::map<char*, size_t> objects;
  for (int step = 0; step < 200'000; ++step) {
    if (objects.size() < 2000 || random.below(2) == 0) {
      const size_t size = 1 + random.below(random.below(20) == 0 ? 40'000 : 600);
      auto* object = static_cast<char*>(heap_alloc(size));
      ASSERT_EQ(reinterpret_cast<uintptr_t>(object) % 8, 0u);
      std::memset(object, static_cast<int>(size % 251), size);
      ASSERT_TRUE(objects.emplace(object, size).second);
    } else {
      auto at = objects.lower_bound(reinterpret_cast<char*>(random.next() >> 17));
      at = at == objects.end() ? objects.begin() : at;
      for (size_t i = 0; i < at->second; i += 37) {
        ASSERT_EQ(static_cast<unsigned char>(at->first[i]), at->second % 251);
      }
      heap_free(at->first, at->second);
      objects.erase(at);
    }
  }
  for (const auto& [object, size] : objects) {
    heap_free(object, size);
  }
  EXPECT_EQ(heap_used, before);
}

TEST(Heap, a_thread_may_free_what_another_made) {
  std::vector<void*> objects(50'000);
  std::thread maker([&] {
    for (void*& object : objects) {
      object = heap_alloc(100);
    }
  });
  maker.join();
  const size_t held = heap_held();
  // The maker's heap goes to the next thread, which finds the objects given back meanwhile.
  for (void* object : objects) {
    heap_free(object, 100);
  }
  std::thread next([&] {
    for (void*& object : objects) {
      object = heap_alloc(100);
    }
    for (void* object : objects) {
      heap_free(object, 100);
    }
  });
  next.join();
  EXPECT_LE(heap_held(), held + 1024 * 1024);
}

TEST(Heap, memory_goes_back_to_the_system) {
  const size_t before = heap_held();
  std::vector<void*> objects;
  for (int i = 0; i < 200'000; ++i) {
    objects.push_back(heap_alloc(96));
  }
  for (void* object : objects) {
    heap_free(object, 96);
  }
  EXPECT_LE(heap_held(), before + 2 * 1024 * 1024);
}

#ifndef GYRE_SANITIZED
TEST(Heap, takes_back_what_others_freed_some_at_a_time) {
  std::vector<void*> objects(100'000);
  size_t steps = 0;
  size_t held = 0;
  std::thread maker([&] {
    while (heap_collect()) {  // of tests before
    }
    held = heap_held();
    for (void*& object : objects) {
      object = heap_alloc(96);
    }
    std::thread([&] {
      for (void* object : objects) {
        heap_free(object, 96);
      }
    }).join();
    while (heap_collect()) {
      ++steps;
    }
  });
  maker.join();
  EXPECT_GT(steps, 100u);
  EXPECT_LE(heap_held(), held + 2 * 1024 * 1024);
}

TEST(Heap, knows_what_all_threads_have_in_spans) {
  constexpr size_t kCount = 10'000;
  const size_t before = heap_in_spans();
  std::vector<void*> objects(kCount);
  void* large = nullptr;
  std::thread maker([&] {
    for (void*& object : objects) {
      object = heap_alloc(96);
    }
    large = heap_alloc(2 * kHeapMax);
    EXPECT_EQ(heap_in_spans(), before + kCount * 96);
  });
  maker.join();
  EXPECT_EQ(heap_in_spans(), before + kCount * 96) << "its objects outlive a thread";
  for (void* object : objects) {
    heap_free(object, 96);
  }
  heap_free(large, 2 * kHeapMax);
  EXPECT_EQ(heap_in_spans(), before);
}

TEST(Heap, gives_spans_back_some_at_a_time_if_asked_to) {
  constexpr size_t kSlice = 4 * 1024 * 1024;
  std::vector<void*> objects(200'000);
  while (heap_collect()) {
  }
  heap_free_in_slices(true);
  const size_t before = heap_held();
  for (void*& object : objects) {
    object = heap_alloc(96);
  }
  for (void* object : objects) {
    heap_free(object, 96);
  }
  size_t held = heap_held();
  EXPECT_GT(held, before + 3 * kSlice);
  for (bool is_left = true; is_left;) {
    is_left = heap_collect();
    EXPECT_GE(heap_held() + kSlice, held);
    held = heap_held();
  }
  EXPECT_LE(held, before + 2 * 1024 * 1024);
  for (void*& object : objects) {
    object = heap_alloc(96);
  }
  for (void* object : objects) {
    heap_free(object, 96);
  }
  heap_free_in_slices(false);
  EXPECT_LE(heap_held(), before + 2 * 1024 * 1024);
}

TEST(Heap, whole_pages_grow_and_shrink_in_place) {
  auto* object = static_cast<char*>(heap_alloc(3 * kHeapPage));
  std::memset(object, 'x', 3 * kHeapPage);
  ASSERT_TRUE(heap_resize(object, 3 * kHeapPage, 8 * kHeapPage));
  std::memset(object + 3 * kHeapPage, 'y', 5 * kHeapPage);
  EXPECT_EQ(object[0], 'x');
  ASSERT_TRUE(heap_resize(object, 8 * kHeapPage, 3 * kHeapPage));
  EXPECT_EQ(object[3 * kHeapPage - 1], 'x');
  EXPECT_FALSE(heap_resize(object, 3 * kHeapPage, 9 * kHeapPage));
  EXPECT_FALSE(heap_resize(object, 3 * kHeapPage, 100));
  heap_free(object, 3 * kHeapPage);
}
#endif

}  // namespace
}  // namespace gyre::base
