#include "app/command_line.hpp"
#include "app/main/private_memory.hpp"

int main(int argc, char** argv) {
  sidecache::app::keep_memory_private();
  return sidecache::app::run(argc, argv);
}
