#include "commands/geo/geo_found.h"

#include <algorithm>
#include <optional>

namespace gyre::commands {
namespace {

using data::GeoPoint;
using data::GeoShape;
using data::Probe;
using data::SortedSet;

// Adds those places of a range of hashes that lie in the shape; `most` ends it early, 0 does not.
void search_range(const SortedSet& set, const data::GeoRange& range, const GeoShape& shape,
                  size_t most, GeoFound& found) {
  constexpr size_t kStep = 64;
  size_t rank = set.count_below(Probe::of_score(static_cast<double>(range.first), false));
  const size_t end = set.count_below(Probe::of_score(static_cast<double>(range.end), false));
  while (rank < end && (most == 0 || found.places.size() < most)) {
    const size_t count = most == 0 ? end - rank : std::min(kStep, end - rank);
    set.ascend(rank, count, [&](std::string_view name, double score) {
      const GeoPoint point = data::geohash_point(score);
      const std::optional<double> distance = shape.find(point);
      if (distance && (most == 0 || found.places.size() < most)) {
        found.places.push_back({found.names.size(), name.size(), score, *distance, point});
        found.names += name;
      }
    });
    rank += count;
  }
}

}  // namespace

GeoFound search_places(const SortedSet& set, const GeoQuery& query) {
  GeoFound found;
  const auto wanted = static_cast<size_t>(query.count);
  for (const data::GeoRange& range : data::geo_ranges(query.shape)) {
    search_range(set, range, query.shape, query.is_first ? wanted : 0, found);
  }
  std::vector<GeoFound::Place>& places = found.places;
  if (query.order != GeoQuery::Order::any) {
    const bool is_ascending = query.order == GeoQuery::Order::ascending;
    // Where distances are equal, in the order in which they were found.
    std::sort(places.begin(), places.end(),
              [&](const GeoFound::Place& a, const GeoFound::Place& b) {
                if (a.distance != b.distance) {
                  return is_ascending ? a.distance < b.distance : a.distance > b.distance;
                }
                // The empty name begins where the next one does.
                return a.name != b.name ? a.name < b.name : a.name_size < b.name_size;
              });
  }
  if (wanted != 0 && places.size() > wanted) {
    places.resize(wanted);
  }
  return found;
}

}  // namespace gyre::commands
