// Geohashes: places on earth as numbers of 52 bits, and the ranges of numbers that cover a shape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gyre::data {

// Degrees.
struct GeoPoint {
  double longitude = 0;
  double latitude = 0;
};

// A hash of `step` bits of longitude and as many of latitude: each halves the map once more. The
// bits take turns, longitude first, so places with a common beginning are in one box. 26 steps make
// 52 bits, which a double keeps exactly: the score of a sorted set. The map ends at +-85.05 degrees
// of latitude, where Mercator's is square.
inline constexpr int kGeoSteps = 26;
bool is_on_map(const GeoPoint& point);
// REQUIRES: is_on_map(point).
uint64_t geohash_of(const GeoPoint& point);
// The middle of the box that a hash names.
GeoPoint geohash_point(uint64_t hash);
// The same for a score, whatever it is.
GeoPoint geohash_point(double score);
// The eleven letters that other programs call the geohash of a place, in `out`; the last one is
// always '0'.
std::string_view geohash_text(const GeoPoint& point, char (&out)[11]);

// Meters, along a great circle.
double geo_distance(const GeoPoint& a, const GeoPoint& b);

// Meters. Every shape has a center, from which distances are measured.
struct GeoShape {
  enum class Kind : uint8_t { circle, box, polygon };
  Kind kind = Kind::circle;
  GeoPoint center;
  double radius = 0;
  double width = 0;
  double height = 0;
  std::vector<GeoPoint> vertices;

  // Its sides are straight on a map of degrees. REQUIRES: three vertices at least, all on the map.
  static GeoShape polygon(std::vector<GeoPoint> vertices);
  // The distance of a point within the shape.
  std::optional<double> find(const GeoPoint& point) const;
};

// Hashes of 52 bits.
struct GeoRange {
  uint64_t first;
  uint64_t end;
};
// Up to nine ranges that hold every point of the shape, and others: the box that its center is in,
// then its neighbours; of a polygon from south-west to north-east.
std::vector<GeoRange> geo_ranges(const GeoShape& shape);

}  // namespace gyre::data
