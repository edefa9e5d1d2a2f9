// What the control plane answers when it says no: codes AB01 to AB08 in three shapes of body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mock/family.hpp"

namespace sidecache::mock {

enum class error_shape : std::uint8_t {
  envelope,  ///< {"success":false,"data":{"message"}}: credentials and unknown routes
  detailed,  ///< {"status_code","error":{"message","slug","code","type"},"success":false}: integrations, providers
  bare,      ///< {"errorCode","message"}: virtual keys, the older part of the API, and 429
};

struct api_error {
  unsigned status = 500;
  std::string_view code;  ///< "AB02"
  std::string_view type;
  std::string message;
  error_shape shape = error_shape::detailed;

  [[nodiscard]] std::string to_json() const;
};

[[nodiscard]] constexpr error_shape shape_of(family kind) {
  return kind == family::virtual_key ? error_shape::bare : error_shape::detailed;
}

[[nodiscard]] api_error bad_request(std::string message, error_shape shape = error_shape::detailed);
[[nodiscard]] api_error unauthorised();
[[nodiscard]] api_error forbidden(std::string message, error_shape shape = error_shape::detailed);
[[nodiscard]] api_error not_found(family kind);
[[nodiscard]] api_error no_such_route();
[[nodiscard]] api_error conflict(family kind, std::string_view slug);
[[nodiscard]] api_error rate_limited();
[[nodiscard]] api_error internal(unsigned status);

}  // namespace sidecache::mock
