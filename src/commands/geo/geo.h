// What the geo commands share: reading coordinates and units, printing distances and places.
#pragma once

#include <optional>
#include <string_view>

#include "data/geohash.h"
#include "data/sorted_set.h"
#include "exec/request.h"
#include "resp/reply.h"

namespace gyre::commands {

// Longitude and latitude at an argument and the next.
Result<data::GeoPoint> parse_point(const exec::Request& request, size_t at);
// Meters in a unit.
Result<double> parse_unit(std::string_view text);

// Where a member is; null if there is none.
std::optional<data::GeoPoint> find_point(const data::SortedSet& set, std::string_view name);

// With four decimals.
void reply_distance(resp::Reply& reply, double distance);
void reply_point(resp::Reply& reply, const data::GeoPoint& point);

}  // namespace gyre::commands
