# SPDX-License-Identifier: GPL-3.0-or-later
#
# What is linked from outside. GSL, CUnit and quadmath serve the tests; the program itself needs the others.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(GSL REQUIRED IMPORTED_TARGET gsl)
pkg_check_modules(CUNIT REQUIRED IMPORTED_TARGET cunit)

include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES quadmath)
check_c_source_compiles("#include <quadmath.h>\nint main(void) { return (int)expq((__float128)0); }" FLOE_HAVE_QUADMATH)
unset(CMAKE_REQUIRED_LIBRARIES)
