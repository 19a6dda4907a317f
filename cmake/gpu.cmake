# SPDX-License-Identifier: GPL-3.0-or-later
#
# The GPU backend is built only where nvcc is. Its absence is one status line and the stub, never an error.
set(FLOE_CUDA_LIBRARY "")
if(NOT EXISTS "${CMAKE_SOURCE_DIR}/cuda/CMakeLists.txt")
    message(STATUS "CUDA: no backend in this tree")
else()
    include(CheckLanguage)
    if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
        find_program(FLOE_NVCC nvcc HINTS "$ENV{CUDA_HOME}/bin" /usr/local/cuda/bin)
        if(FLOE_NVCC)
            set(ENV{CUDACXX} "${FLOE_NVCC}")
        endif()
    endif()
    check_language(CUDA)
    if(CMAKE_CUDA_COMPILER)
        message(STATUS "CUDA: found ${CMAKE_CUDA_COMPILER}")
    else()
        message(STATUS "CUDA: absent, the program says so when asked for it")
    endif()
    add_subdirectory(cuda) # sets FLOE_CUDA_LIBRARY; builds the stub where CMAKE_CUDA_COMPILER is not set
endif()
