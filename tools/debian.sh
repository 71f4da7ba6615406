# What quickstart and test share: a clean environment, Debian's packages, one build folder.
# shellcheck shell=bash disable=SC2034
#
# Sourced, never run. Everything is named by its packaged path, since another gcc, meson, docker or
# python3 may come first in the caller's PATH and need not be the one that the packages below belong to.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8
umask 022
unset CC CFLAGS CPPFLAGS LDFLAGS PKG_CONFIG_PATH LD_LIBRARY_PATH LD_PRELOAD PYTHONPATH PYTHONHOME

BUILD_PACKAGES=(gcc libc6-dev meson ninja-build pkg-config libevent-dev libcurl4-openssl-dev libssl-dev
    libjansson-dev libyaml-dev libpcre2-dev libdeflate-dev zlib1g-dev ca-certificates)
ENGINE_PACKAGES=(docker.io containerd runc iptables busybox-static iproute2)

SUDO=()
if [[ $(id -u) != 0 ]] && command -v sudo >/dev/null; then
    SUDO=(sudo)
fi

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# need_value OPTION VALUE…: that something stands behind an option.
need_value() {
    [[ -n ${2:-} ]] || die "$1 needs a value; see --help"
}

# need_folder DIR: makes it where it is not there; what is built must have a place to go.
need_folder() {
    mkdir -p -- "$1" || die "no folder $1 can be made"
    [[ -w $1 ]] || die "nothing can be written into $1"
}

# is_maintainer TEXT: whether a package can have it as its maintainer.
is_maintainer() {
    local form='^[^][:cntrl:][:space:]<>@,"][^][:cntrl:]<>@,"]* <[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+[.])+[A-Za-z]{2,}>$'
    [[ $1 =~ $form ]]
}

# as_root COMMAND…: runs it as root, or says that this is not possible.
as_root() {
    if [[ $(id -u) != 0 && ${#SUDO[@]} -eq 0 ]]; then
        say "${0##*/}: '$*' needs root, and there is no sudo here" >&2
        return 1
    fi
    "${SUDO[@]}" "$@"
}

# What every program takes for granted, and a chroot may lack.
basics_ready() {
    local file
    [[ -r /proc/self/stat ]] || die "/proc is not mounted here: mount -t proc proc /proc"
    for file in null zero urandom fd; do
        [[ -e /dev/$file ]] || die "/dev/$file is missing here: bind the host's /dev (mount --rbind /dev CHROOT/dev)"
    done
}

# Whether a command of the packages is there, for systems without dpkg.
tools_here() {
    local tool
    for tool in gcc meson ninja pkg-config; do
        command -v "$tool" >/dev/null || return 1
    done
}

# missing_packages NAME…: prints those that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) = installed ]] || echo "$name"
    done
}

# apt_quietly ARGUMENT…: runs apt-get; when it fails shows its own last lines.
apt_quietly() {
    local log status=0
    log=$(mktemp)
    as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 \
        "$@" >"$log" 2>&1 </dev/null || status=$?
    if [[ $status -ne 0 ]]; then
        say "apt-get $1 failed (exit status $status); its last lines:" >&2
        tail -n 15 "$log" | sed 's/^/    /' >&2
    fi
    rm -f "$log"
    return "$status"
}

# Installing docker.io must not start a second Engine beside the private one: while it is unpacked,
# Debian's own switch for that (policy-rc.d) says no, unless the machine has such a policy already.
install_without_services() {
    local policy=/usr/sbin/policy-rc.d status=0 made=no
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && made=yes
        as_root chmod 755 "$policy"
    fi
    apt_quietly install --no-install-recommends "$@" || status=$?
    [[ $made = no ]] || as_root rm -f "$policy"
    return "$status"
}

# need_packages PURPOSE NAME…: installs what is missing of them; fails when that is not possible.
need_packages() {
    local purpose=$1 missing
    shift
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        tools_here && return 0
        die "this is not a Debian system, so nothing can be installed here by itself; needed $purpose, under" \
            "Debian's names: $*"
    fi
    mapfile -t missing < <(missing_packages "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0
    say "Installing ${#missing[@]} Debian packages $purpose: ${missing[*]}" | fold -s -w 100
    # One dead source among many must not stop what the others can give.
    apt_quietly update || say "Going on with the package lists that are here."
    install_without_services "${missing[@]}"
}

# configure FOLDER COMPILER OPTION…: meson setup once for each set of options, its output only on failure.
configure() {
    local folder=$1 compiler=$2 key log status=0
    shift 2
    key="$compiler $*"
    if [[ -e $folder/build.ninja && $(cat "$folder/.configured" 2>/dev/null) = "$key" ]]; then
        return 0
    fi
    log=$(mktemp)
    rm -rf "$folder/meson-private" "$folder/meson-info" "$folder/build.ninja"
    CC=$compiler meson setup "$@" "$folder" "$ROOT" >"$log" 2>&1 || status=$?
    if [[ $status -eq 0 ]]; then
        printf '%s' "$key" >"$folder/.configured"
    else
        { grep -A 9 'ERROR' "$log" || tail -n 15 "$log"; } >&2
    fi
    rm -f "$log"
    return "$status"
}

# compile FOLDER TARGET…: ninja, its output only on failure.
compile() {
    local folder=$1 log status=0
    shift
    log=$(mktemp)
    ninja -C "$folder" "$@" >"$log" 2>&1 || status=$?
    [[ $status -eq 0 ]] || grep -v '^\[[0-9]*/[0-9]*\] Compiling\|^ninja: Entering' "$log" >&2
    rm -f "$log"
    return "$status"
}
