#include "app/command_line.hpp"

int main(int argc, char** argv) { return sidecache::app::run(argc, argv); }
