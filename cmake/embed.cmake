# SPDX-License-Identifier: GPL-3.0-or-later
#
# floe_embed(OUT PREFIX file...): a C file with the text of each file and a table of their names, so that the program
# runs from anywhere with nothing beside it.
function(floe_embed out prefix)
    set(code "#include \"cli/embedded.h\"\n")
    set(table "")
    set(number 0)
    foreach(file IN LISTS ARGN)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
        cmake_path(GET file FILENAME name)
        file(READ "${file}" hex HEX)
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
        string(APPEND code "static const char text_${number}[] = {${bytes}0};\n")
        string(APPEND table "    {\"${name}\", text_${number}, sizeof text_${number} - 1},\n")
        math(EXPR number "${number} + 1")
    endforeach()
    string(APPEND code "const struct embedded_file ${prefix}_files[] = {\n${table}};\n")
    string(APPEND code "const int ${prefix}_files_n = ${number};\n")
    file(CONFIGURE OUTPUT "${out}" CONTENT "${code}" @ONLY)
endfunction()
