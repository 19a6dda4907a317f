# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# What the machine needs, by package name. need() costs nothing when nothing changed: build/.setup lists the packages
# seen installed, and holds until the package database changes.

packages_build='gcc libc6-dev cmake ninja-build pkg-config libgsl-dev libyaml-dev libcjson-dev libcunit1-dev nettle-dev zlib1g-dev gnuplot-nox'
packages_lint='g++ clang-format shellcheck'
packages_long='clang'
packages_arm='gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static'
package_database=/var/lib/dpkg/status

# need WHY PACKAGE...: returns when all of them are there; otherwise says what is missing and ends with 3.
need() {
    need_why=$1
    shift
    if [ "${FLOE_SKIP_SETUP:-}" = 1 ]; then return 0; fi
    if setup_seen "$@"; then return 0; fi
    if ! have dpkg-query || ! have apt-get; then
        complain "This system has no apt-get. Install these yourself (the names are Debian's), $need_why:"
        complain "    $*"
        complain "then run again with FLOE_SKIP_SETUP=1. Debian 12 is tested; its apt-based relatives probably work: untested."
        exit 3
    fi
    setup_missing=$(missing_packages "$@")
    if [ -n "$setup_missing" ]; then
        # shellcheck disable=SC2086 # a list of package names
        install_packages $setup_missing
    fi
    setup_remember "$@"
}

setup_seen() {
    [ -f build/.setup ] && [ -n "$(find build/.setup -newer "$package_database" 2>/dev/null)" ] || return 1
    for package in "$@"; do
        grep -qxF -- "$package" build/.setup || return 1
    done
}

setup_remember() {
    mkdir -p build
    if [ -z "$(find build/.setup -newer "$package_database" 2>/dev/null)" ]; then : >build/.setup; fi
    printf '%s\n' "$@" >>build/.setup
}

missing_packages() {
    # shellcheck disable=SC2016 # dpkg-query fills these in, not the shell
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p') || true
    for package in "$@"; do
        printf '%s\n' "$installed" | grep -qxF -- "$package" || printf '%s ' "$package"
    done
}

install_packages() {
    as_root=''
    if [ "$(id -u)" -ne 0 ]; then
        if have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
            as_root=sudo
        else
            complain "Missing, $need_why: $*"
            complain "There is no way to become root here. Have this run once, then try again:"
            complain "    apt-get update && apt-get install -y --no-install-recommends $*"
            exit 3
        fi
    fi
    say "setup: installing $* ($need_why)"
    mkdir -p build
    if ! apt_get install -y --no-install-recommends "$@" >build/setup.log 2>&1; then
        # A fresh system has no package lists yet, or old ones.
        if ! apt_get update >>build/setup.log 2>&1 ||
            ! apt_get install -y --no-install-recommends "$@" >>build/setup.log 2>&1; then
            tail -n 20 build/setup.log >&2
            complain "The packages could not be installed; all of what apt-get said is in build/setup.log."
            exit 3
        fi
    fi
}

apt_get() {
    # No input: a question that nobody answers must not stop the script. The lock is waited for.
    ${as_root:+sudo} env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

# One line where there is no CUDA compiler; silent where there is.
say_nvcc() {
    find_nvcc
    if [ -z "$nvcc" ]; then say "nvcc: not found, so nothing is compiled for a GPU; all else works without it"; fi
}

# find_nvcc: sets nvcc to its path, or to nothing.
find_nvcc() {
    nvcc=''
    for candidate in "$(command -v nvcc 2>/dev/null || true)" "${CUDA_HOME:-}/bin/nvcc" /usr/local/cuda/bin/nvcc; do
        if [ -n "$candidate" ] && [ -x "$candidate" ]; then
            nvcc=$candidate
            return 0
        fi
    done
}
