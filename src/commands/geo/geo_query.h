// What GEOSEARCH and its relatives are asked for.
#pragma once

#include "commands/geo/geo.h"

namespace gyre::commands {

// How a command names its center and shape, and which options it knows.
struct GeoForm {
  enum class Center : uint8_t { arguments, member, options };
  Center center;
  bool may_store = false;    // STORE and STOREDIST name a destination
  uint32_t source = 1;       // argument of the key
  uint32_t destination = 0;  // argument of the key that the result is stored at, if there is one
};

struct GeoQuery {
  enum class Order : uint8_t { any, ascending, descending };
  data::GeoShape shape;
  double unit = 1;  // meters
  Order order = Order::any;
  int64_t count = 0;      // 0: all
  bool is_first = false;  // ANY: the first ones found will do
  bool has_coordinates = false;
  bool has_distance = false;
  bool has_hash = false;
  uint32_t destination = 0;  // argument of a key
  bool stores_distance = false;
};

// Checks all arguments. `set` is what the key holds, null for nothing; then the shape is void.
Result<GeoQuery> parse_geo_query(const exec::Request& request, const GeoForm& form,
                                 const data::SortedSet* set);

}  // namespace gyre::commands
