// A gateway of the mock for tests: both credentials, the envelope taken off.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {

struct gateway_client : mock_client {
  using mock_client::mock_client;

  reply ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    http::fields fields;
    if (!client_auth.empty()) fields.add("Authorization", client_auth);
    if (!key.empty()) fields.add("x-portkey-api-key", key);
    return send_with(method, target, body, fields);
  }
  /// What is in the envelope of the answer.
  json::value data(std::string_view target) {
    const auto answer = ask("GET", target);
    EXPECT_EQ(answer.status, 200U) << target << ": " << answer.bytes;
    EXPECT_EQ(text(answer.body, "/success"), "true") << answer.bytes;
    return answer.status == 200 ? answer.body.at("data") : json::value(nullptr);
  }
  json::value synced(std::string_view identifier, std::string_view organisation = "acme") {
    std::string target = "/v1/organisation/";
    target.append(organisation).append("/sync/0?version=1.2.3&identifier=").append(identifier);
    return data(target);
  }

  std::string client_auth{acme_client_auth};
};

}  // namespace sidecache::mock
