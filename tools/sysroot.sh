# A sysroot of Debian packages of another architecture: what tools/static and tools/deb build against.
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced after debian.sh, never run. Packages come from the mirrors that apt uses on this machine and are
# unpacked, not installed, so that those of two architectures stand beside each other. What was fetched is
# kept below the cache folder by whoever calls, under a name that library_versions gives the key for.
#
# The caller sets arch (amd64, arm64), apt (an empty folder for lists) and libraries (packages).

readonly suite=bookworm

# use_arch ARCH: sets triplet (of Debian), cpu (of meson), compiler (a package) and linker (one more, for the
# static program only; empty where the compiler's own will do).
use_arch() {
    case $1 in
        amd64) triplet=x86_64-linux-gnu cpu=x86_64 linker='' ;;
        arm64) triplet=aarch64-linux-gnu cpu=aarch64 linker=lld-14 ;;
        *) die "no architecture \"$1\": it can be amd64 or arm64" ;;
    esac
    # The machine's own is gcc, which has its triplet in front too; dpkg never has its other name as installed.
    compiler=gcc
    [[ $1 = "$(dpkg --print-architecture 2>/dev/null)" ]] || compiler=gcc-${triplet//_/-}
}

# Debian's part of this machine's apt sources, for packages and for sources, as lines of a list.
apt_sources() {
    # shellcheck disable=SC2016 # apt expands these names itself
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
        awk -v s="$suite" '$2 ~ "^" s && $3 == "main" && $4 == "Debian" {
            print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $1, $2, $3
            print "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $1, $2, $3 }' | sort -u
}

# apt_aside COMMAND…: apt-get for the wanted architecture with lists and folders of its own.
apt_aside() {
    apt-get -q -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$apt/lists" \
        -o Dir::State::status=/dev/null -o Dir::Cache="$apt" -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
        -o Acquire::Retries=3 -o APT::Sandbox::User=root "$@"
}

refresh_lists() {
    mkdir -p "$apt/lists/partial" "$apt/archives/partial"
    apt_sources >"$apt/sources.list"
    [[ -s $apt/sources.list ]] || die "apt on this machine has no source of Debian's $suite main"
    # A mirror that is away would mean packages without its fixes, or none.
    apt_aside update --error-on=any >"$apt/update.log" 2>&1 || {
        tail -n 5 "$apt/update.log" >&2
        die "the package lists of Debian's $suite cannot be had: is there a way to its mirrors?"
    }
}

# newest_source NAME: the highest version of a source package that the lists have; nothing where they have none.
newest_source() {
    { apt_aside source --print-uris --dsc-only "$1" 2>/dev/null || true; } |
        awk -v name="$1_" 'index($2, name) == 1 && sub(/[.]dsc$/, "", $2) { print substr($2, length(name) + 1) }'
}

# One line a package with its version and checksum: what the sysroot is made of, and its key.
library_versions() {
    apt_aside download --print-uris "${libraries[@]}" | awk '{ print $2, $4 }' | sort
}

# fetch_libraries FOLDER: unpacks them into FOLDER/sysroot, what dpkg knows of each into FOLDER/control.
fetch_libraries() {
    local folder=$1 deb
    mkdir -p "$folder/debs" "$folder/control"
    (cd "$folder/debs" && apt_aside download "${libraries[@]}" >"$apt/download.log" 2>&1) ||
        { tail -n 5 "$apt/download.log" >&2; die "the libraries cannot be downloaded"; }
    for deb in "$folder"/debs/*.deb; do
        dpkg-deb -x "$deb" "$folder/sysroot"
        dpkg-deb -e "$deb" "$folder/control/$(basename "$deb" .deb)"
    done
    rm -rf "$folder/debs"
    # libdeflate's names a folder that it is not in, so that the one of this machine would be linked in.
    sed -i "s|^libdir=/usr/lib$|libdir=/usr/lib/$triplet|" "$folder/sysroot/usr/lib/$triplet"/pkgconfig/*.pc
}
