#include "commands/geo/geo.h"

#include <cmath>

#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {

using data::GeoPoint;

Result<GeoPoint> parse_point(const exec::Request& request, size_t at) {
  const auto longitude = base::parse_double(request.arg(at));
  const auto latitude = base::parse_double(request.arg(at + 1));
  if (!longitude || !latitude) {
    return fail(exec::errors::not_float);
  }
  const GeoPoint point{*longitude, *latitude};
  if (!data::is_on_map(point)) {
    return exec::format_error("ERR invalid longitude,latitude pair %f,%f", point.longitude,
                              point.latitude);
  }
  return point;
}

Result<double> parse_unit(std::string_view text) {
  constexpr struct {
    std::string_view name;
    double meters;
  } kUnits[] = {{"m", 1}, {"km", 1000}, {"ft", 0.3048}, {"mi", 1609.34}};
  for (const auto& unit : kUnits) {
    if (base::equals_ignore_case(text, unit.name)) {
      return unit.meters;
    }
  }
  return fail("ERR unsupported unit provided. please use M, KM, FT, MI");
}

std::optional<GeoPoint> find_point(const data::SortedSet& set, std::string_view name) {
  const data::SortedSet::Place place = set.find(name);
  return place ? std::optional(data::geohash_point(place.score())) : std::nullopt;
}

void reply_distance(resp::Reply& reply, double distance) {
  constexpr int64_t kScale = 10'000;
  const int64_t scaled = std::llrint(distance * kScale);
  char text[2 * base::kIntCharsMax];
  size_t size = base::format_int64(text, scaled / kScale);
  text[size++] = '.';
  // A one in front keeps the zeros.
  char decimals[base::kIntCharsMax];
  base::format_int64(decimals, kScale + scaled % kScale);
  for (int i = 1; i <= 4; ++i) {
    text[size++] = decimals[i];
  }
  reply.bulk({text, size});
}

void reply_point(resp::Reply& reply, const GeoPoint& point) {
  reply.array(2);
  for (const double degree : {point.longitude, point.latitude}) {
    char text[base::kLongDoubleCharsMax + 3] = ",";
    const size_t size =
        1 + base::format_long_double_human(text + 1, static_cast<long double>(degree));
    if (reply.is_resp3()) {
      text[size] = '\r';
      text[size + 1] = '\n';
      reply.raw({text, size + 2});
    } else {
      reply.bulk({text + 1, size - 1});
    }
  }
}

}  // namespace gyre::commands
