# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# What can be checked on an NVIDIA GPU. Needs nvcc and a C compiler and installs nothing: the machine with the GPU may
# have no network, and none of the libraries of the project (docs/gpu.md).

verb_gpu() {
    find_nvcc
    if [ -z "$nvcc" ]; then
        complain "No GPU check: nvcc is not in PATH, \$CUDA_HOME/bin or /usr/local/cuda/bin."
        exit 3
    fi
    find_cc
    if [ -z "$cc" ]; then
        complain "No GPU check: there is no C compiler (gcc, cc or \$CC)."
        exit 3
    fi
    step "headers compile with nvcc" gpu_headers
    step "cuda/device_digest is built" gpu_build
    if [ $steps_failed -gt 0 ]; then exit 1; fi
    step "host digest: C = C++" build/gpu/device_digest --host
    gpu_device
    [ $steps_failed -eq 0 ] || exit 1
}

# find_cc: sets cc to a C compiler, or to nothing.
find_cc() {
    cc=''
    for candidate in ${CC:-} gcc cc; do
        if have "$candidate"; then
            cc=$candidate
            return 0
        fi
    done
}

gpu_build() {
    cuda/build.sh "$nvcc" "$cc" build/gpu
}

# Its own words are shown, and kept in build/gpu/device_digest.txt. Ends the script with 3 where there is no device.
gpu_device() {
    gpu_code=0
    build/gpu/device_digest >build/gpu/device_digest.txt 2>&1 || gpu_code=$?
    if [ $gpu_code -eq 3 ] && ! { have nvidia-smi && nvidia-smi -L 2>/dev/null | grep -q GPU; }; then
        say "built; not yet run on a device: nvidia-smi finds no GPU"
    else
        cat build/gpu/device_digest.txt
    fi
    case $gpu_code in
    0) ;;
    3) [ $steps_failed -gt 0 ] || exit 3 ;;
    *) steps_failed=$((steps_failed + 1)) ;;
    esac
}

gpu_headers() {
    mkdir -p build/lint
    headers_as_cuda >build/lint/cuda
    cat build/lint/cuda
    [ ! -s build/lint/cuda ]
}
