# The libraries of the system. tools/setup.sh installs them; Debian's package names are here for the message.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# butaca_library(MODULE PACKAGE): finds MODULE by pkg-config as the target PkgConfig::MODULE, or says which package has it.
function(butaca_library module package)
    pkg_check_modules(${module} QUIET IMPORTED_TARGET GLOBAL ${module})
    if(NOT ${module}_FOUND)
        message(FATAL_ERROR "${module} was not found. On Debian: apt-get install ${package} (or: tools/setup.sh run)")
    endif()
endfunction()

butaca_library(libutf8proc libutf8proc-dev)

# libstemmer comes without a module for pkg-config.
find_path(LIBSTEMMER_INCLUDE libstemmer.h)
find_library(LIBSTEMMER_LIBRARY stemmer)
if(NOT LIBSTEMMER_INCLUDE OR NOT LIBSTEMMER_LIBRARY)
    message(FATAL_ERROR "libstemmer was not found. On Debian: apt-get install libstemmer-dev (or: tools/setup.sh run)")
endif()

butaca_library(libxxhash libxxhash-dev) # its header alone: XXH_INLINE_ALL
butaca_library(jansson libjansson-dev)
butaca_library(libzip libzip-dev)
butaca_library(zlib zlib1g-dev)
butaca_library(sqlite3 libsqlite3-dev)
butaca_library(libmicrohttpd libmicrohttpd-dev)
butaca_library(libsodium libsodium-dev)
butaca_library(libcurl libcurl4-openssl-dev)
