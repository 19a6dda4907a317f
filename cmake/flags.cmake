# SPDX-License-Identifier: GPL-3.0-or-later
#
# How every file is compiled. The two lists are text files because `./dev lint` and `./dev test --long` read them too.
# Same seed, same bits: contraction stays off, the fast-math family is never used, and nothing is tuned for the machine
# that happens to build it.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O3")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")

file(STRINGS "${CMAKE_SOURCE_DIR}/cmake/flags_math.txt" FLOE_MATH_FLAGS REGEX "^-")
file(STRINGS "${CMAKE_SOURCE_DIR}/cmake/flags_warnings.txt" FLOE_WARNING_FLAGS REGEX "^-")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS cmake/flags_math.txt cmake/flags_warnings.txt)
add_compile_options(${FLOE_MATH_FLAGS} ${FLOE_WARNING_FLAGS} "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
if(FLOE_WERROR)
    add_compile_options(-Werror)
endif()
if(FLOE_SANITIZE)
    add_compile_options("-fsanitize=${FLOE_SANITIZE}" -fno-sanitize-recover=all)
    add_link_options("-fsanitize=${FLOE_SANITIZE}")
endif()
