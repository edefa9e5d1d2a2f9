# The chart, what is rendered from it, and the paths of deploy/README.md.
set(chart_place ${CMAKE_BINARY_DIR}/deploy/chart)
add_test(NAME deploy.chart_install COMMAND ${SIDECACHE_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/install.py ${chart_place})
set_tests_properties(deploy.chart_install PROPERTIES LABELS deploy TIMEOUT 300 FIXTURES_SETUP chart_programs)

foreach(file chart_test.py chart_start_test.py chart_types_test.py memory_test.py paths_test.py
        rendered_test.py)
  python_test(deploy ${file} DEPLOY_PLACE=${chart_place})
  get_filename_component(name ${file} NAME_WE)
  set_tests_properties(deploy.${name} PROPERTIES FIXTURES_REQUIRED chart_programs)
endforeach()
