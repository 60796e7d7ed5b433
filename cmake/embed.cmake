# Puts a file into the program. As a module it offers butaca_embed(); run with -DINPUT= -DOUTPUT= -DSYMBOL= it writes the C file:
#   const unsigned char SYMBOL[];       the bytes of INPUT and one 0 behind them
#   const size_t        SYMBOL_size;    how many bytes INPUT has
if(CMAKE_SCRIPT_MODE_FILE)
    file(READ "${INPUT}" hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
    file(WRITE "${OUTPUT}"
         "#include <stddef.h>\n\n"
         "extern const unsigned char ${SYMBOL}[];\nextern const size_t ${SYMBOL}_size;\n\n"
         "const unsigned char ${SYMBOL}[] = {\n${hex}\n0x00};\nconst size_t ${SYMBOL}_size = ${size};\n")
    return()
endif()

set(BUTACA_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

# butaca_embed(VARIABLE INPUT SYMBOL): the C file for INPUT is appended to the list VARIABLE, and made again when INPUT changes.
function(butaca_embed variable input symbol)
    set(source "${PROJECT_SOURCE_DIR}/${input}")
    set(output "${PROJECT_BINARY_DIR}/generated/${symbol}.c")
    if(EXISTS "${source}")
        add_custom_command(
            OUTPUT "${output}"
            COMMAND "${CMAKE_COMMAND}" "-DINPUT=${source}" "-DOUTPUT=${output}" -DSYMBOL=${symbol} -P "${BUTACA_EMBED_SCRIPT}"
            DEPENDS "${source}" "${BUTACA_EMBED_SCRIPT}"
            COMMENT "Embedding ${input}"
            VERBATIM)
        set(${variable} ${${variable}} "${output}" PARENT_SCOPE)
    endif()
endfunction()
