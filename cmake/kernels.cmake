# The kernels, the training that stands on them and their tests, for an architecture that this machine has a compiler for but not
# the system's libraries: tests/unit/als/test_simd.c becomes BUILD/tests/unit/als/test_simd, linked statically.
file(GLOB_RECURSE core_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/core/base/*.c" "${PROJECT_SOURCE_DIR}/core/simd/*.c"
     "${PROJECT_SOURCE_DIR}/core/ratings/*.c" "${PROJECT_SOURCE_DIR}/core/als/*.c")
butaca_drop_foreign(core_sources)
butaca_instruction_sets(${core_sources})
set(support test resources models tastes)
configure_file(/usr/include/xxhash.h "${PROJECT_BINARY_DIR}/include/xxhash.h" COPYONLY) # a header alone, for any architecture

list(TRANSFORM support PREPEND "${PROJECT_SOURCE_DIR}/tests/support/" OUTPUT_VARIABLE support_sources)
list(TRANSFORM support_sources APPEND ".c")
add_library(kernels STATIC ${core_sources} ${support_sources})
target_include_directories(kernels PUBLIC "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/core"
                           "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_BINARY_DIR}/include")
target_link_libraries(kernels PUBLIC Threads::Threads m)

foreach(test als/test_simd als/test_coarse als/test_row als/test_eigen als/test_side als/test_train search/test_bytes encoder/test_layers)
    string(REPLACE "/" "-" name "${test}")
    add_executable(${name} "${PROJECT_SOURCE_DIR}/tests/unit/${test}.c")
    target_link_libraries(${name} PRIVATE kernels)
    target_link_options(${name} PRIVATE -static)
    cmake_path(GET test PARENT_PATH folder)
    cmake_path(GET test FILENAME stem)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME "${stem}"
                          RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/unit/${folder}")
endforeach()
