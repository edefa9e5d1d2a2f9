# filled in with the public library's package config
