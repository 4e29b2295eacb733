// Tests of data/geohash.h: known values, and that no shape loses a point to its ranges.
#include "data/geohash.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::data {
namespace {

constexpr GeoPoint kPalermo{13.361389, 38.115556};
constexpr GeoPoint kCatania{15.087269, 37.502669};

double between(base::Random& random, double low, double high) {
  return low + random.unit() * (high - low);
}

GeoPoint random_point(base::Random& random, double latitude_max) {
  return {between(random, -180, 180), between(random, -latitude_max, latitude_max)};
}

// Scores, geohashes and distances that redis-server 7.0 tells of the same places.
TEST(Geohash, of_places_is_that_of_redis) {
  EXPECT_EQ(geohash_of(kPalermo), 3479099956230698u);
  EXPECT_EQ(geohash_of(kCatania), 3479447370796909u);
  char text[11];
  EXPECT_EQ(geohash_text(geohash_point(geohash_of(kPalermo)), text), "sqc8b49rny0");
  EXPECT_EQ(geohash_text(geohash_point(geohash_of(kCatania)), text), "sqdtr74hyu0");
  EXPECT_NEAR(
      geo_distance(geohash_point(geohash_of(kPalermo)), geohash_point(geohash_of(kCatania))),
      166274.1516, 5e-5);
}

TEST(Geohash, names_the_place_within_half_a_meter) {
  base::Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const GeoPoint point = random_point(random, 85.05);
    const uint64_t hash = geohash_of(point);
    ASSERT_LT(hash, uint64_t{1} << 52);
    const GeoPoint found = geohash_point(hash);
    ASSERT_LT(geo_distance(point, found), 0.5);
    ASSERT_EQ(geohash_of(found), hash);
  }
}

TEST(Geohash, keeps_to_the_map_whatever_the_score_is) {
  EXPECT_TRUE(is_on_map({180, 85.05112878}));
  EXPECT_FALSE(is_on_map({180.0001, 0}));
  EXPECT_FALSE(is_on_map({0, -85.06}));
  for (const double score :
       {-1.0, 1e300, -1e300, 0x1p53, -0x1p63, 0x1p64, 0.5, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    EXPECT_TRUE(is_on_map(geohash_point(score))) << score;
  }
}

void expect_covered(const GeoShape& shape, const GeoPoint& point) {
  if (!shape.find(point)) {
    return;
  }
  const uint64_t hash = geohash_of(point);
  int ranges = 0;
  for (const GeoRange& range : geo_ranges(shape)) {
    ranges += range.first <= hash && hash < range.end ? 1 : 0;
  }
  ASSERT_EQ(ranges, 1) << shape.center.longitude << ' ' << shape.center.latitude << " radius "
                       << shape.radius << " box " << shape.width << ' ' << shape.height
                       << " misses " << point.longitude << ' ' << point.latitude;
}

// A point near the center of the shape, so that it is in it more often than not.
GeoPoint point_near(base::Random& random, const GeoShape& shape, double meters) {
  const double degrees = meters / 111'000 * 1.5;
  const double latitude = shape.center.latitude + between(random, -degrees, degrees);
  const double narrow = std::cos(shape.center.latitude * 3.14159 / 180);
  double longitude = shape.center.longitude + between(random, -degrees, degrees) / narrow;
  longitude -= std::round(longitude / 360) * 360;
  return {longitude, std::clamp(latitude, -85.05, 85.05)};
}

TEST(Geohash, ranges_cover_circles_and_boxes) {
  base::Random random(2);
  for (int i = 0; i < 20'000; ++i) {
    const double meters = std::exp(between(random, 0, std::log(3e6)));
    GeoShape shape{.center = random_point(random, 75)};
    if (random.below(2) == 0) {
      shape.radius = meters;
    } else {
      shape.kind = GeoShape::Kind::box;
      shape.width = meters * between(random, 0.1, 2);
      shape.height = meters * between(random, 0.1, 2);
    }
    for (int j = 0; j < 20; ++j) {
      expect_covered(shape, point_near(random, shape, meters));
    }
  }
}

TEST(Geohash, ranges_cover_polygons) {
  base::Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<GeoPoint> vertices;
    const GeoPoint middle = random_point(random, 85);
    const double size = std::exp(between(random, -12, 5));
    for (uint64_t left = 3 + random.below(6); left > 0; --left) {
      vertices.push_back(
          {std::clamp(middle.longitude + between(random, -size, size), -180.0, 180.0),
           std::clamp(middle.latitude + between(random, -size, size), -85.05, 85.05)});
    }
    const GeoShape shape = GeoShape::polygon(vertices);
    EXPECT_LE(geo_ranges(shape).size(), 9u);
    for (int j = 0; j < 20; ++j) {
      const GeoPoint point{middle.longitude + between(random, -size, size),
                           middle.latitude + between(random, -size, size)};
      if (is_on_map(point)) {
        expect_covered(shape, point);
      }
    }
  }
}

TEST(Geohash, polygons_may_have_dents) {
  // An U, open to the north.
  const GeoShape shape =
      GeoShape::polygon({{0, 0}, {9, 0}, {9, 9}, {6, 9}, {6, 3}, {3, 3}, {3, 9}, {0, 9}});
  EXPECT_TRUE(shape.find({1, 8}));
  EXPECT_TRUE(shape.find({8, 8}));
  EXPECT_TRUE(shape.find({4, 1}));
  EXPECT_FALSE(shape.find({4, 5}));
  EXPECT_FALSE(shape.find({10, 5}));
  EXPECT_FALSE(shape.find({-1, 5}));
  EXPECT_NEAR(shape.center.longitude, 4.5, 0.01);
}

}  // namespace
}  // namespace gyre::data
