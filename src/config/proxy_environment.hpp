// The egress proxy of the environment: what curl, Go and most others read, for whoever has set it for the whole
// machine.
//
// http_proxy, https_proxy, all_proxy and no_proxy stand behind every source of ours, and are asked only where
// upstream.proxy and upstream.no_proxy are left open. Lower case wins over upper, a variable that is empty counts for
// none, and the control plane's scheme (of several, the first's that is not asked directly) decides between the first
// two; all_proxy is for what they leave out (as in curl). HTTP_PROXY is read in upper case too: sidecache is no CGI
// program, into which a client's `Proxy` field could smuggle one.
#pragma once

#include "config/candidate.hpp"
#include "config/environment.hpp"

namespace sidecache::config {

[[nodiscard]] bool is_proxy_variable(std::string_view name);

/// What the variables give to settings that `so_far` has left open. A proxy that would not be used, because the control
/// plane is asked directly, is not looked at. What is no rule in no_proxy is left out: other programs may know it.
[[nodiscard]] source_reading read_proxy_environment(const environment& variables, const candidate& so_far);

}  // namespace sidecache::config
