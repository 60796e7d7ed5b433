# The libraries of the system, each asked for only when the folder that uses it is there. tools/setup.sh installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# butaca_library(MODULE): finds MODULE by pkg-config as the target PkgConfig::MODULE, or says which package has it.
function(butaca_library module package)
    pkg_check_modules(${module} QUIET IMPORTED_TARGET GLOBAL ${module})
    if(NOT ${module}_FOUND)
        message(FATAL_ERROR "${module} was not found. On Debian: apt-get install ${package} (or: tools/setup.sh run)")
    endif()
endfunction()

butaca_library(libutf8proc libutf8proc-dev)
butaca_library(libxxhash libxxhash-dev) # only its header: XXH_INLINE_ALL
if(EXISTS "${PROJECT_SOURCE_DIR}/import" OR EXISTS "${PROJECT_SOURCE_DIR}/server")
    butaca_library(jansson libjansson-dev)
endif()
if(EXISTS "${PROJECT_SOURCE_DIR}/import")
    butaca_library(libzip libzip-dev)
endif()
if(EXISTS "${PROJECT_SOURCE_DIR}/store")
    butaca_library(sqlite3 libsqlite3-dev)
endif()
if(EXISTS "${PROJECT_SOURCE_DIR}/server")
    butaca_library(libmicrohttpd libmicrohttpd-dev)
endif()
