# The public library as an outsider meets it: installed into an empty prefix, found there, built against, run.
# cmake -DBUILD_DIR=... -DSOURCE_DIR=... -DCXX=... -P check.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(status)
    string(JOIN " " line ${ARGV})
    message(FATAL_ERROR "${line}: ${status}\n${said}")
  endif()
endfunction()

set(place ${BUILD_DIR}/package)
file(REMOVE_RECURSE ${place})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${place}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE_DIR}/tests/package -B ${place}/outside -G Ninja
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_PREFIX_PATH=${place}/prefix)
run(${CMAKE_COMMAND} --build ${place}/outside)
run(${place}/outside/outside)
run(${place}/prefix/bin/sidecache version)
