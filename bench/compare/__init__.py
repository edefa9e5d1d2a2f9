"""sidecache next to its peers, every row in one run: ../README.md says how to run and read it."""
