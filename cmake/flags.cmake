# How every file is compiled. One binary has to run on any machine of its architecture and give the same bits for the same
# input, hence neither -march=native nor -ffast-math, and no fused multiply-add that the source didn't ask for.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

add_compile_definitions(_POSIX_C_SOURCE=200809L)
add_compile_options(-ffp-contract=off)
add_compile_options(
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
    -Wvla -Wundef)
if(BUTACA_WERROR)
    add_compile_options(-Werror)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro,-z,now)
endif()

if(BUTACA_SANITIZE)
    add_compile_options(-fsanitize=${BUTACA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${BUTACA_SANITIZE})
endif()
if(BUTACA_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(BUTACA_COVERAGE)
    add_compile_definitions(BUTACA_COVERAGE) # children of fault tests write their counts
    add_compile_options(--coverage -fprofile-update=atomic)
    add_link_options(--coverage)
endif()

# Instruction sets: a file is compiled for one by its name, and is called only after the processor was asked. The encoders' loops
# (core/simd/layer_loops.h) become vectors only where comparisons need not trap; their results are the same.
function(butaca_instruction_sets)
    foreach(file IN LISTS ARGN)
        if(file MATCHES "avx2\\.c$")
            set_source_files_properties("${file}" PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
        elseif(file MATCHES "avx512\\.c$")
            set_source_files_properties("${file}" PROPERTIES COMPILE_OPTIONS
                                        "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mavx2;-mfma")
        endif()
        if(file MATCHES "layers_[a-z0-9]+\\.c$")
            set_property(SOURCE "${file}" APPEND PROPERTY COMPILE_OPTIONS -fno-trapping-math -fno-math-errno)
        endif()
    endforeach()
endfunction()

# The files among ARGN that this architecture can't compile are taken out of the list named by `variable`.
function(butaca_drop_foreign variable)
    set(files "${${variable}}")
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64|AMD64")
        list(FILTER files EXCLUDE REGEX "neon\\.c$")
    else()
        list(FILTER files EXCLUDE REGEX "avx2\\.c$|avx512\\.c$")
        if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
            list(FILTER files EXCLUDE REGEX "neon\\.c$")
        endif()
    endif()
    set(${variable} "${files}" PARENT_SCOPE)
endfunction()
