#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# build.sh NVCC CC FOLDER: builds FOLDER/device_digest from sim/ and cuda/ alone, with nvcc and a C compiler and nothing
# else: no CMake, no library. It is what the main build, ./dev gpu and a bare machine with a GPU use.
#
# Machine code for sm_90, and PTX that a driver compiles for every other device from compute capability 7.5 on. nvcc's
# optimiser must neither contract a * b + c nor flush subnormals nor divide or take roots roughly; all but the first are
# its defaults, said here so that they stay. sim/base.c and the host's half are C and go to the C compiler.
set -eu
if [ $# -ne 3 ]; then
    echo "usage: cuda/build.sh NVCC CC FOLDER" >&2
    exit 2
fi
nvcc=$1 cc=$2 folder=$3
cd "$(dirname "$0")/.."
mkdir -p "$folder/kept"
math=$(grep '^-' cmake/flags_math.txt | tr '\n' ' ')
exact='--fmad=false -ftz=false -prec-div=true -prec-sqrt=true'
arch='-gencode arch=compute_75,code=[compute_75,sm_90]'

for file in sim/base cuda/device_host; do
    # shellcheck disable=SC2086 # a list of flags
    "$cc" -std=c11 -O3 $math -I . -c -o "$folder/$(basename $file).o" $file.c
done
# shellcheck disable=SC2046,SC2086 # lists of flags
"$nvcc" -std=c++17 -O3 $exact $arch -Werror all-warnings $(printf -- '-Xcompiler %s ' $math) -I . \
    --keep --keep-dir "$folder/kept" -c -o "$folder/device_digest.o" cuda/device_digest.cu
"$nvcc" -o "$folder/device_digest.new" "$folder/device_digest.o" "$folder/base.o" "$folder/device_host.o"

# An add, sub or mul without .rn may be contracted by whoever compiles the PTX; with .rn it must not be.
ptx=$folder/kept/device_digest.ptx
if ! grep -qE '[[:space:]]fma\.rn\.f64' "$ptx"; then
    echo "cuda/build.sh: there is no arithmetic in $ptx" >&2
    exit 1
fi
if grep -nE '[[:space:]](add|sub|mul)\.f(32|64)|\.ftz|approx[.a-z]*\.f64' "$ptx" >&2; then
    echo "cuda/build.sh: arithmetic in $ptx that is not exactly rounded, see above" >&2
    exit 1
fi
mv "$folder/device_digest.new" "$folder/device_digest"
