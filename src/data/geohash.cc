#include "data/geohash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/assert.h"

namespace gyre::data {
namespace {

constexpr double kLongitudeMax = 180;
constexpr double kLatitudeMax = 85.05112878;
constexpr double kPole = 90;
constexpr double kEarthRadius = 6372797.560856;  // meters
constexpr double kMapHalf = 20037726.37;         // meters from the middle of the map to its end

double radians(double degrees) { return degrees * (std::numbers::pi / 180.0); }
double degrees(double radians) { return radians / (std::numbers::pi / 180.0); }

// Bit i of a number goes to bit 2 * i, and back.
uint64_t spread(uint32_t number) {
  uint64_t bits = number;
  bits = (bits | bits << 16) & 0x0000ffff0000ffff;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ff;
  bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits << 2) & 0x3333333333333333;
  return (bits | bits << 1) & 0x5555555555555555;
}
uint32_t squeeze(uint64_t bits) {
  bits &= 0x5555555555555555;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
  return static_cast<uint32_t>(bits | bits >> 16);
}

double scale_of(int step) { return static_cast<double>(uint64_t{1} << step); }

// One box of the 4^step that the map is cut into.
struct Cell {
  uint32_t x = 0;  // from the west
  uint32_t y = 0;  // from the south
  int step = 0;

  static Cell at(const GeoPoint& point, int step, double latitude_max = kLatitudeMax) {
    const auto place = [&](double degree, double max) {
      return static_cast<uint32_t>((degree + max) / (max + max) * scale_of(step));
    };
    return {place(point.longitude, kLongitudeMax), place(point.latitude, latitude_max), step};
  }
  static Cell of(uint64_t hash) { return {squeeze(hash >> 1), squeeze(hash), kGeoSteps}; }

  uint64_t hash() const { return spread(x) << 1 | spread(y); }
  double west() const { return edge(x, kLongitudeMax); }
  double east() const { return edge(x + 1.0, kLongitudeMax); }
  double south() const { return edge(y, kLatitudeMax); }
  double north() const { return edge(y + 1.0, kLatitudeMax); }
  // Around the earth in both directions.
  Cell moved(int to_east, int to_north) const {
    return {turn(x, to_east), turn(y, to_north), step};
  }
  bool operator==(const Cell&) const = default;

 private:
  // What lies on the last meridian or parallel has a number of its own, until it is moved.
  uint32_t turn(uint32_t from, int by) const {
    return by == 0 ? from : (from + static_cast<uint32_t>(by)) & ((uint32_t{1} << step) - 1);
  }
  double edge(double index, double max) const {
    return -max + index / scale_of(step) * (max + max);
  }
};

double latitude_distance(double a, double b) {
  return kEarthRadius * std::abs(radians(b) - radians(a));
}

}  // namespace

bool is_on_map(const GeoPoint& point) {
  return std::abs(point.longitude) <= kLongitudeMax && std::abs(point.latitude) <= kLatitudeMax;
}

uint64_t geohash_of(const GeoPoint& point) { return Cell::at(point, kGeoSteps).hash(); }

GeoPoint geohash_point(uint64_t hash) {
  const Cell cell = Cell::of(hash);
  return {std::clamp((cell.west() + cell.east()) / 2, -kLongitudeMax, kLongitudeMax),
          std::clamp((cell.south() + cell.north()) / 2, -kLatitudeMax, kLatitudeMax)};
}

// Scores that are no hashes come out at an edge of the map, as with Redis on x86.
GeoPoint geohash_point(double score) {
  uint64_t hash = 0;
  if (score < 0) {
    hash = score > -0x1p63 ? static_cast<uint64_t>(static_cast<int64_t>(score)) : uint64_t{1} << 63;
  } else if (score < 0x1p64) {
    hash = static_cast<uint64_t>(score);
  }
  return geohash_point(hash);
}

std::string_view geohash_text(const GeoPoint& point, char (&out)[11]) {
  constexpr std::string_view kLetters = "0123456789bcdefghjkmnpqrstuvwxyz";
  const uint64_t hash = Cell::at(point, kGeoSteps, kPole).hash();
  for (int i = 0; i < 10; ++i) {
    out[i] = kLetters[hash >> (2 * kGeoSteps - 5 * (i + 1)) & 31];
  }
  out[10] = kLetters[0];  // 52 bits are ten letters and a part of one
  return {out, sizeof out};
}

// The haversine formula.
double geo_distance(const GeoPoint& a, const GeoPoint& b) {
  const double v = std::sin((radians(b.longitude) - radians(a.longitude)) / 2);
  if (v == 0) {
    return latitude_distance(a.latitude, b.latitude);
  }
  const double latitude_a = radians(a.latitude);
  const double latitude_b = radians(b.latitude);
  const double u = std::sin((latitude_b - latitude_a) / 2);
  const double half_chord = u * u + std::cos(latitude_a) * std::cos(latitude_b) * v * v;
  return 2.0 * kEarthRadius * std::asin(std::sqrt(half_chord));
}

// The center is the mean of the vertices, taken as arrows from the middle of the earth.
GeoShape GeoShape::polygon(std::vector<GeoPoint> vertices) {
  double x = 0;
  double y = 0;
  double z = 0;
  for (const GeoPoint& vertex : vertices) {
    const double latitude = radians(vertex.latitude);
    const double longitude = radians(vertex.longitude);
    x += std::cos(latitude) * std::cos(longitude);
    y += std::cos(latitude) * std::sin(longitude);
    z += std::sin(latitude);
  }
  const GeoPoint center{degrees(std::atan2(y, x)), degrees(std::atan2(z, std::hypot(x, y)))};
  return {.kind = Kind::polygon, .center = center, .vertices = std::move(vertices)};
}

namespace {

// A line from the point to the east crosses the sides an odd number of times.
bool is_within(const std::vector<GeoPoint>& vertices, const GeoPoint& point) {
  bool is_odd = false;
  const GeoPoint* from = &vertices.back();
  for (const GeoPoint& to : vertices) {
    if ((from->latitude > point.latitude) != (to.latitude > point.latitude)) {
      const double share = (point.latitude - from->latitude) / (to.latitude - from->latitude);
      const double crossing = from->longitude + share * (to.longitude - from->longitude);
      is_odd ^= point.longitude < crossing;
    }
    from = &to;
  }
  return is_odd;
}

}  // namespace

std::optional<double> GeoShape::find(const GeoPoint& point) const {
  if (kind == Kind::polygon) {
    return is_within(vertices, point) ? std::optional(geo_distance(center, point)) : std::nullopt;
  }
  if (kind == Kind::box) {
    const GeoPoint level{center.longitude, point.latitude};
    if (latitude_distance(point.latitude, center.latitude) > height / 2 ||
        geo_distance(point, level) > width / 2) {
      return std::nullopt;
    }
    return geo_distance(center, point);
  }
  const double distance = geo_distance(center, point);
  return distance <= radius ? std::optional(distance) : std::nullopt;
}

namespace {

// Degrees that a shape reaches to.
struct Bounds {
  double west;
  double south;
  double east;
  double north;
};

Bounds bounds_of(const GeoShape& shape) {
  const bool is_circle = shape.kind == GeoShape::Kind::circle;
  const double up = is_circle ? shape.radius : shape.height / 2;
  const double aside = is_circle ? shape.radius : shape.width / 2;
  const GeoPoint& center = shape.center;
  const double rise = degrees(up / kEarthRadius);
  // A degree of longitude is shortest at the edge that is nearer to a pole.
  const double edge = center.latitude < 0 ? center.latitude - rise : center.latitude + rise;
  const double reach = degrees(aside / kEarthRadius / std::cos(radians(edge)));
  return {center.longitude - reach, center.latitude - rise, center.longitude + reach,
          center.latitude + rise};
}

// The most steps with which a box is about as wide as the radius, or wider.
int steps_for(double radius, double latitude) {
  if (radius == 0) {
    return kGeoSteps;
  }
  int step = -1;
  for (; radius < kMapHalf; radius *= 2) {
    ++step;
  }
  // Boxes are narrow near the poles.
  const double from_equator = std::abs(latitude);
  step -= from_equator > 80 ? 2 : from_equator > 66 ? 1 : 0;
  return std::clamp(step, 1, kGeoSteps);
}

bool covers(const Cell& middle, const Bounds& bounds) {
  return middle.moved(0, 1).north() >= bounds.north &&
         middle.moved(0, -1).south() <= bounds.south && middle.moved(1, 0).east() >= bounds.east &&
         middle.moved(-1, 0).west() <= bounds.west;
}

GeoRange range_of(const Cell& cell) {
  const int shift = 2 * (kGeoSteps - cell.step);
  return {cell.hash() << shift, (cell.hash() + 1) << shift};
}

// All boxes that a polygon touches, of the smallest size of which three by three are enough.
std::vector<GeoRange> polygon_ranges(const std::vector<GeoPoint>& vertices) {
  GeoPoint low = vertices[0];
  GeoPoint high = vertices[0];
  for (const GeoPoint& vertex : vertices) {
    low.longitude = std::min(low.longitude, vertex.longitude);
    low.latitude = std::min(low.latitude, vertex.latitude);
    high.longitude = std::max(high.longitude, vertex.longitude);
    high.latitude = std::max(high.latitude, vertex.latitude);
  }
  int step = kGeoSteps;
  Cell from = Cell::at(low, step);
  Cell to = Cell::at(high, step);
  while (to.x - from.x > 2 || to.y - from.y > 2) {
    --step;
    from = Cell::at(low, step);
    to = Cell::at(high, step);
  }
  std::vector<GeoRange> ranges;
  for (Cell cell = from; cell.y <= to.y; ++cell.y) {
    for (cell.x = from.x; cell.x <= to.x; ++cell.x) {
      ranges.push_back(range_of(cell));
    }
  }
  return ranges;
}

}  // namespace

std::vector<GeoRange> geo_ranges(const GeoShape& shape) {
  if (shape.kind == GeoShape::Kind::polygon) {
    return polygon_ranges(shape.vertices);
  }
  const Bounds bounds = bounds_of(shape);
  const double radius = shape.kind == GeoShape::Kind::circle
                            ? shape.radius
                            : std::sqrt((shape.width / 2) * (shape.width / 2) +
                                        (shape.height / 2) * (shape.height / 2));
  int step = steps_for(radius, shape.center.latitude);
  Cell middle = Cell::at(shape.center, step);
  if (step > 1 && !covers(middle, bounds)) {
    middle = Cell::at(shape.center, --step);
  }
  struct Move {
    int east;
    int north;
  };
  constexpr std::array<Move, 9> kMoves = {
      {{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}}};
  std::vector<GeoRange> ranges;
  std::optional<Cell> last;
  for (const Move& move : kMoves) {
    // Neighbours beyond an edge of the shape that the middle box reaches over hold nothing of it.
    if (step >= 2 && ((move.north < 0 && middle.south() < bounds.south) ||
                      (move.north > 0 && middle.north() > bounds.north) ||
                      (move.east < 0 && middle.west() < bounds.west) ||
                      (move.east > 0 && middle.east() > bounds.east))) {
      continue;
    }
    const Cell cell = middle.moved(move.east, move.north);
    if (last == cell) {
      continue;  // where the map is cut in two, both neighbours are one
    }
    last = cell;
    ranges.push_back(range_of(cell));
  }
  return ranges;
}

}  // namespace gyre::data
