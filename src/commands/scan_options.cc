#include "commands/scan_options.h"

#include "base/glob.h"
#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {

bool ScanOptions::matches(const data::Element& element) const {
  if (pattern == "*") {
    return true;
  }
  data::Digits digits;
  return base::glob_match(pattern, element.text(digits));
}

Result<uint64_t> parse_scan_cursor(std::string_view text) {
  const auto number = base::parse_uint64(text);
  if (!number) {
    return fail("ERR invalid cursor");
  }
  return __builtin_bitreverse64(*number);
}

Result<ScanOptions> parse_scan_options(const exec::Request& request, bool values) {
  ScanOptions options;
  for (size_t i = 3; i < request.size(); ++i) {
    const std::string_view option = request.arg(i);
    const bool has_value = i + 1 < request.size();
    if (has_value && base::equals_ignore_case(option, "COUNT")) {
      const auto number = base::parse_int64(request.arg(++i));
      if (!number) {
        return fail(exec::errors::not_integer);
      }
      if (*number < 1) {
        return fail(exec::errors::syntax);
      }
      options.count = static_cast<size_t>(*number);
    } else if (has_value && base::equals_ignore_case(option, "MATCH")) {
      options.pattern = request.arg(++i);
    } else if (base::equals_ignore_case(option, "NOVALUES")) {
      if (!values) {
        return fail("ERR NOVALUES option can only be used in HSCAN");
      }
      options.has_no_values = true;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return options;
}

void reply_scan_cursor(resp::Reply& reply, uint64_t place) {
  char text[base::kIntCharsMax];
  reply.array(2);
  reply.bulk({text, base::format_uint64(text, __builtin_bitreverse64(place))});
}

void reply_scan_nothing(resp::Reply& reply) {
  reply_scan_cursor(reply, 0);
  reply.array(0);
}

}  // namespace gyre::commands
