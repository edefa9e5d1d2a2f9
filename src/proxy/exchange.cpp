#include "proxy/exchange.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace sidecache::proxy {

void small_text::append(std::int64_t number) {
  if (const auto written = std::to_chars(bytes_.data() + size_, bytes_.data() + bytes_.size(), number);
      written.ec == std::errc{})
    size_ = static_cast<std::size_t>(written.ptr - bytes_.data());
}

answer make_answer(unsigned status, std::string_view content_type, std::string body, std::string_view fields) {
  struct bytes {
    std::string head;
    std::string body;
  };
  auto owned = std::make_shared<bytes>();
  owned->head.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(http::reason_phrase(status));
  owned->head.append("\r\n");
  if (!content_type.empty()) owned->head.append("Content-Type: ").append(content_type).append("\r\n");
  owned->head.append(fields);
  owned->body = std::move(body);
  answer made;
  made.status = status;
  made.head = owned->head;
  made.body = owned->body;
  made.owner = std::move(owned);
  return made;
}

namespace {

answer error_with(boost::json::object body, unsigned status, std::string_view code, std::string_view message,
                  http::method method) {
  body["status_code"] = status;
  body["error"] = {{"message", message}, {"code", code}, {"type", "sidecache_error"}};
  body["success"] = false;
  // The Node SDK repeats a failed request, PUT too, unless the answer carries this field (control plane clients, Node).
  return make_answer(status, "application/json", boost::json::serialize(body),
                     http::is_safe(method) ? "" : "x-portkey-gateway-exception: true\r\n");
}

}  // namespace

answer make_error(unsigned status, std::string_view code, std::string_view message, http::method method) {
  return error_with({}, status, code, message, method);
}

answer make_enveloped_error(unsigned status, std::string_view code, std::string_view message, http::method method) {
  return error_with({{"data", {{"message", message}}}}, status, code, message, method);
}

}  // namespace sidecache::proxy
