#include "mock/help.hpp"

#include "mock/seed.hpp"

namespace sidecache::mock {

std::string help() {
  return std::string(R"(It speaks, of one set of records:
  the admin API       [/v1]/{integrations,virtual-keys,providers}[/SLUG], with x-portkey-api-key or Authorization: Bearer
  the data plane      what gateways ask, with Authorization: CLIENT_AUTH and x-portkey-api-key; under /albus too
    GET  /v2/api-keys/self/details[?include_organisation=true&include_workspace=true]
    GET  /v2/{virtual-keys,configs,prompts,prompts/partials,guardrails}/SLUG, /v2/integrations/
    PUT  /v2/virtual-keys/UUID
    GET  /v1/organisation/ORG/sync/0?identifier=ID    what changed since ID last asked, handed out once
    POST /v1/organisation/ORG/resync                  {"virtualKeyIdsToExhaust":[UUID], "...ToUpdateUsage":[{"id","usage"}]}
    POST /dp/metrics
  records by formula  load-1 .. load-N of each kind with --records N, by slug; --slug-format and --record-bytes
It is told by:
  GET, POST         /__mock/run         the counts of a run; POST {"id":"a"} begins one from zero
  GET, DELETE       /__mock/requests    what it was asked
  GET, POST, DELETE /__mock/faults      what goes wrong: {"kind":"error","status":503,"path":"/sync/","times":1}
  POST              /__mock/edit        changes behind everybody's back: {"kind":"configs","slug":"pc-router",
                                        "workspace":"acme-prod","organisation":"acme","patch":{...} | "delete":true}

)") + seed_summary();
}

}  // namespace sidecache::mock
