# `cmake --install`: the program, the library, its headers and a pkg-config file.
# The pkg-config file finds the prefix from where it lies, so that an installed copy may be moved.
file(RELATIVE_PATH butaca_up "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" butaca_up "${butaca_up}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/butaca.pc.in" "${PROJECT_BINARY_DIR}/butaca.pc" @ONLY)

install(TARGETS butaca_shared butaca_static LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET butaca)
    install(TARGETS butaca RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/butaca" "${PROJECT_BINARY_DIR}/include/butaca"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_BINARY_DIR}/butaca.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
