// Beast's parser, made to fill our heads: what the strict scan passed is parsed by it, field by field, straight into
// memory that the head already has.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional/optional.hpp>
#include <limits>
#include <string_view>

#include "http/fields.hpp"

namespace sidecache::http {

template <bool IsRequest>
class head_filler final : public boost::beast::http::basic_parser<IsRequest> {
  using base = boost::beast::http::basic_parser<IsRequest>;
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

 public:
  explicit head_filler(fields& out) : out_(out) {
    this->header_limit(std::numeric_limits<std::uint32_t>::max());  // limits are the scan's business
    this->body_limit(boost::none);
    this->skip(true);
  }

  /// False if Beast finds fault with it after all.
  [[nodiscard]] bool fill(std::string_view head) {
    error_code error;
    const auto consumed = this->put(boost::asio::const_buffer(head.data(), head.size()), error);
    return !error && this->is_header_done() && consumed == head.size();
  }

  [[nodiscard]] std::string_view method() const { return method_; }
  [[nodiscard]] std::string_view reason() const { return reason_; }

 private:
  static std::string_view view(text t) { return {t.data(), t.size()}; }

  void on_request_impl(boost::beast::http::verb /*known*/, text method, text /*target*/, int /*version*/,
                       error_code& /*error*/) override {
    method_ = view(method);
  }
  void on_response_impl(int /*status*/, text reason, int /*version*/, error_code& /*error*/) override {
    reason_ = view(reason);
  }
  void on_field_impl(boost::beast::http::field /*known*/, text name, text value, error_code& /*error*/) override {
    out_.add(view(name), view(value));
  }
  void on_header_impl(error_code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, error_code& /*error*/) override {}
  std::size_t on_body_impl(text /*body*/, error_code& /*error*/) override { return 0; }
  void on_chunk_header_impl(std::uint64_t /*size*/, text /*extensions*/, error_code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, text /*body*/, error_code& /*error*/) override { return 0; }
  void on_finish_impl(error_code& /*error*/) override {}

  fields& out_;
  std::string_view method_;
  std::string_view reason_;
};

}  // namespace sidecache::http
