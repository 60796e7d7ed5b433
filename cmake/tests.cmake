# Unit tests and fuzz targets. tests/unit/als/test_solve.c becomes BUILD/tests/unit/als/test_solve, and fuzz/fuzz_csv.c becomes
# BUILD/fuzz/fuzz_csv: a libFuzzer program in the fuzz preset, elsewhere one that replays the files it is given.
#
# They link the static libraries, whose hidden symbols they can reach. A release build makes them only when asked: `ninja
# unit-tests`, so that people who want the program don't wait for tests.
file(GLOB support_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.c")
file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/unit/test_*.c"
     "${PROJECT_SOURCE_DIR}/tests/unit/*/test_*.c")
file(GLOB fuzz_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/fuzz/fuzz_*.c")
list(REMOVE_DUPLICATES unit_sources)

add_custom_target(unit-tests)
add_custom_target(fuzz-targets)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    set(butaca_tests_all EXCLUDE_FROM_ALL)
endif()

if(support_sources AND NOT BUTACA_FUZZ)
    add_library(test_support STATIC EXCLUDE_FROM_ALL ${support_sources})
    target_include_directories(test_support PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/tests")
    target_link_libraries(test_support PUBLIC ${BUTACA_LAYERS})

    foreach(source IN LISTS unit_sources)
        cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE path)
        cmake_path(GET path PARENT_PATH folder)
        cmake_path(GET path STEM stem)
        string(REPLACE "/" "-" name "${folder}-${stem}")
        add_executable(${name} ${butaca_tests_all} "${source}")
        target_link_libraries(${name} PRIVATE test_support)
        # An implementation's test (test_catalogue_sqlite.c) takes in what holds for all of them (contract_catalogue*.c).
        string(REGEX REPLACE "^test_([a-z0-9]+).*$" "contract_\\1*.c" contract "${stem}")
        file(GLOB contracts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/${contract}")
        target_sources(${name} PRIVATE ${contracts})
        set_target_properties(${name} PROPERTIES OUTPUT_NAME "${stem}"
                              RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${folder}")
        add_dependencies(unit-tests ${name})
    endforeach()
endif()

# butaca_fuzz_target(NAME SOURCE DEFINITIONS…)
function(butaca_fuzz_target name source)
    add_executable(${name} ${butaca_tests_all} "${source}")
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_compile_definitions(${name} PRIVATE ${ARGN})
    target_link_libraries(${name} PRIVATE ${BUTACA_LAYERS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
    if(BUTACA_FUZZ)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(${name} PRIVATE fuzz/driver.c)
    endif()
    add_dependencies(fuzz-targets ${name})
endfunction()

foreach(source IN LISTS fuzz_sources)
    cmake_path(GET source STEM name)
    butaca_fuzz_target(${name} "${source}")
    if(BUTACA_FUZZ)
        butaca_fuzz_target(${name}_planted "${source}" FUZZ_PLANTED_BUG)
    endif()
endforeach()
