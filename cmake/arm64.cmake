# Compiles for 64-bit ARM on another machine; what comes out runs under qemu's emulation of a process.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(BUTACA_KERNELS_ONLY ON)
