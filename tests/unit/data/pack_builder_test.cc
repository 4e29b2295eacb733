// Tests of data/pack_builder.h.
#include "data/pack_builder.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gyre::data {
namespace {

TEST(PackBuilder, makes_what_appending_makes) {
  for (const size_t count : {1, 2, 5, 40, 2000}) {
    Pack* expected = Pack::make();
    PackBuilder builder;
    for (size_t i = 0; i < count; ++i) {
      const std::string text =
          i % 3 == 0 ? std::to_string(i * 1000) : std::string(i % 90, 'x') + std::to_string(i);
      expected = Pack::append(expected, {Packed(text)});
      builder.add(Packed(text));
    }
    ASSERT_TRUE(builder.can_be_made());
    EXPECT_EQ(builder.count(), count);
    Pack* made = builder.make();
    made->check();
    ASSERT_EQ(made->bytes(), expected->bytes());
    EXPECT_EQ(std::memcmp(made, expected, made->bytes()), 0);
    Pack::destroy(made);
    Pack::destroy(expected);
  }
  EXPECT_FALSE(PackBuilder().can_be_made());
}

TEST(PackBuilder, sees_twins_among_every_stride_th) {
  for (const uint32_t stride : {1, 2, 3}) {
    for (const size_t count : {2, 5, 16, 17, 300}) {
      for (const size_t twin : {size_t{0}, (count - 1) / 2, count - 2, count}) {
        PackBuilder builder;
        for (size_t i = 0; i < count; ++i) {
          // The last one is as the one with this index.
          builder.add(Packed(i + 1 == count && twin < count ? "name " + std::to_string(twin)
                                                            : "name " + std::to_string(i)));
          for (uint32_t more = 1; more < stride; ++more) {
            builder.add(Packed(std::string_view("the same")));
          }
        }
        EXPECT_EQ(builder.has_twins(stride), twin < count) << stride << " " << count << " " << twin;
      }
    }
  }
}

}  // namespace
}  // namespace gyre::data
