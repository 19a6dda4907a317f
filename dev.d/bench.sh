# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# Timings, the GPU's checks and the fuzzers: what is run by hand, not on every change.

verb_bench() {
    # shellcheck disable=SC2086 # a list of package names
    need "to build and test" $packages_build
    build_or_stop release
    build/floe bench "$@"
}

verb_fuzz() {
    complain "There are no fuzz targets in this version: they come with the input readers."
    exit 2
}

verb_gpu() {
    find_nvcc
    if [ -z "$nvcc" ]; then
        complain "No GPU check: nvcc is not in PATH, \$CUDA_HOME/bin or /usr/local/cuda/bin."
        exit 3
    fi
    if ! have nvidia-smi || ! nvidia-smi -L 2>/dev/null | grep -q GPU; then
        complain "No GPU check: $nvcc is here, but nvidia-smi finds no GPU."
        exit 3
    fi
    nvidia-smi -L
    step "headers compile with nvcc" gpu_headers
    if [ ! -f cuda/CMakeLists.txt ]; then
        row skip "programs on the GPU" 0 "there is no cuda/CMakeLists.txt in this version"
    else
        # shellcheck disable=SC2086 # a list of package names
        need "to build and test" $packages_build
        build_or_stop release
        step "programs on the GPU" gpu_programs
    fi
    [ $steps_failed -eq 0 ] || exit 1
}

gpu_programs() {
    ctest --test-dir build/release -L '^gpu$' --output-on-failure --no-tests=error
}

gpu_headers() {
    mkdir -p build/lint
    headers_as_cuda >build/lint/cuda
    cat build/lint/cuda
    [ ! -s build/lint/cuda ]
}
