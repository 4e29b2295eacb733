// The places that GEOSEARCH and its relatives find in a sorted set.
#pragma once

#include <string>
#include <vector>

#include "commands/geo/geo_query.h"

namespace gyre::commands {

// Places, in the order asked for.
struct GeoFound {
  struct Place {
    size_t name;  // where it begins in `names`
    size_t name_size;
    double score;
    double distance;  // meters
    data::GeoPoint point;
  };
  std::string names;
  std::vector<Place> places;

  std::string_view name(const Place& place) const {
    return std::string_view(names).substr(place.name, place.name_size);
  }
};
GeoFound search_places(const data::SortedSet& set, const GeoQuery& query);

}  // namespace gyre::commands
