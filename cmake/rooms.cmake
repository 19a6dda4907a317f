# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a room is: a static library whose include path is <build>/see/<target>/, a folder that holds links to the rooms
# it may see and to nothing else. Includes are written from the root ("sim/base.h"), so the folder decides.
set(FLOE_ROOMS sim models cuda scenarios/read actuals plots/write cli tests)

# floe_sees(TARGET room...): builds the folder and puts it on the target's include path.
function(floe_sees target)
    set(folder "${CMAKE_BINARY_DIR}/see/${target}")
    foreach(room IN LISTS FLOE_ROOMS)
        if(room IN_LIST ARGN)
            cmake_path(GET room PARENT_PATH above)
            file(MAKE_DIRECTORY "${folder}/${above}")
            file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${room}" "${folder}/${room}" SYMBOLIC)
        elseif(IS_SYMLINK "${folder}/${room}")
            file(REMOVE "${folder}/${room}")
        endif()
    endforeach()
    target_include_directories(${target} PRIVATE "${folder}")
    target_compile_options(${target} PRIVATE "-fmacro-prefix-map=${folder}/=")
endfunction()

# floe_room(TARGET SEES room... FILES file... LINKS library... [POSIX]). A room without files yet is an empty target.
function(floe_room target)
    cmake_parse_arguments(PARSE_ARGV 1 room "POSIX" "" "SEES;FILES;LINKS")
    if(NOT room_FILES)
        add_library(${target} INTERFACE)
        target_link_libraries(${target} INTERFACE ${room_LINKS})
        return()
    endif()
    add_library(${target} STATIC ${room_FILES})
    floe_sees(${target} ${room_SEES})
    target_link_libraries(${target} PUBLIC ${room_LINKS})
    if(room_POSIX)
        target_compile_definitions(${target} PRIVATE _GNU_SOURCE FLOE_VERSION="${PROJECT_VERSION}")
    endif()
endfunction()

# floe_engine(SUFFIX OBJECTS flag...): models/engine_cpu.c for one instruction set; appends its objects to OBJECTS.
function(floe_engine suffix objects)
    if(NOT engine_files)
        return()
    endif()
    add_library(floe_engine_${suffix} OBJECT ${engine_files})
    floe_sees(floe_engine_${suffix} sim models)
    target_compile_definitions(floe_engine_${suffix} PRIVATE FLOE_ENGINE_SUFFIX=${suffix})
    target_compile_options(floe_engine_${suffix} PRIVATE ${ARGN})
    set(${objects} ${${objects}} $<TARGET_OBJECTS:floe_engine_${suffix}> PARENT_SCOPE)
endfunction()
