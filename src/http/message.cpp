#include "http/message.hpp"

#include <algorithm>
#include <array>

namespace sidecache::http {
namespace {

struct phrase {
  unsigned status;
  std::string_view text;
};

constexpr std::array phrases{phrase{100, "Continue"},
                             phrase{101, "Switching Protocols"},
                             phrase{103, "Early Hints"},
                             phrase{200, "OK"},
                             phrase{201, "Created"},
                             phrase{202, "Accepted"},
                             phrase{203, "Non-Authoritative Information"},
                             phrase{204, "No Content"},
                             phrase{205, "Reset Content"},
                             phrase{206, "Partial Content"},
                             phrase{301, "Moved Permanently"},
                             phrase{302, "Found"},
                             phrase{303, "See Other"},
                             phrase{304, "Not Modified"},
                             phrase{307, "Temporary Redirect"},
                             phrase{308, "Permanent Redirect"},
                             phrase{400, "Bad Request"},
                             phrase{401, "Unauthorized"},
                             phrase{402, "Payment Required"},
                             phrase{403, "Forbidden"},
                             phrase{404, "Not Found"},
                             phrase{405, "Method Not Allowed"},
                             phrase{406, "Not Acceptable"},
                             phrase{407, "Proxy Authentication Required"},
                             phrase{408, "Request Timeout"},
                             phrase{409, "Conflict"},
                             phrase{410, "Gone"},
                             phrase{411, "Length Required"},
                             phrase{412, "Precondition Failed"},
                             phrase{413, "Content Too Large"},
                             phrase{414, "URI Too Long"},
                             phrase{415, "Unsupported Media Type"},
                             phrase{416, "Range Not Satisfiable"},
                             phrase{417, "Expectation Failed"},
                             phrase{421, "Misdirected Request"},
                             phrase{422, "Unprocessable Content"},
                             phrase{425, "Too Early"},
                             phrase{426, "Upgrade Required"},
                             phrase{428, "Precondition Required"},
                             phrase{429, "Too Many Requests"},
                             phrase{431, "Request Header Fields Too Large"},
                             phrase{500, "Internal Server Error"},
                             phrase{501, "Not Implemented"},
                             phrase{502, "Bad Gateway"},
                             phrase{503, "Service Unavailable"},
                             phrase{504, "Gateway Timeout"},
                             phrase{505, "HTTP Version Not Supported"},
                             phrase{508, "Loop Detected"}};

}  // namespace

method method_from(std::string_view name) {
  if (name == "GET") return method::get;
  if (name == "HEAD") return method::head;
  if (name == "POST") return method::post;
  if (name == "PUT") return method::put;
  if (name == "PATCH") return method::patch;
  if (name == "DELETE") return method::del;
  if (name == "OPTIONS") return method::options;
  if (name == "CONNECT") return method::connect;
  if (name == "TRACE") return method::trace;
  return method::other;
}

std::string_view reason_phrase(unsigned status) {
  const auto at = std::ranges::lower_bound(phrases, status, {}, &phrase::status);
  return at != phrases.end() && at->status == status ? at->text : std::string_view{};
}

}  // namespace sidecache::http
