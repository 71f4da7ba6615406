# A Docker Engine of one's own with four sample containers, for a machine that has none.
# shellcheck shell=bash
#
# Sourced by quickstart after debian.sh. Everything belongs to one folder, $ENGINE: the Engine's data,
# its socket, its pid, its log and notes on what was made outside of it (a bridge, a cgroup, mounts), so
# that private_engine_stop can take back exactly that. No firewall rule and no kernel setting is touched.

SAMPLES=(web worker cache job)
CGROUP=/sys/fs/cgroup

engine_docker() {
    as_root env -u DOCKER_CONTEXT DOCKER_CONFIG="$ENGINE/cli" docker -H "unix://$ENGINE/docker.sock" "$@"
}

# note FILE TEXT: remembers something that was made, for the stop.
note() {
    printf '%s\n' "$2" | as_root tee -a "$ENGINE/$1" >/dev/null
}

# What an Engine needs of the kernel; says exactly what is missing.
kernel_ready() {
    [[ -d $CGROUP ]] || die "/sys is not mounted here: mount -t sysfs sysfs /sys"
    mount_cgroups && delegate_cgroups
}

# In a chroot or a small container the cgroup file system may not be mounted although the kernel has it.
mount_cgroups() {
    local controllers each
    if [[ -n $(findmnt -n -t cgroup,cgroup2) && -n $(ls -A "$CGROUP") ]]; then
        return 0
    fi
    controllers=$(awk -F: '$2 != "" && $2 !~ /^name=/ { print $2 }' /proc/self/cgroup)
    if [[ -z $controllers ]]; then
        as_root mount -t cgroup2 cgroup2 "$CGROUP" ||
            die "no cgroups here, and mounting them failed: mount -t cgroup2 cgroup2 $CGROUP (needs CAP_SYS_ADMIN)"
        note mounts "$CGROUP"
        return 0
    fi
    as_root mount -t tmpfs -o mode=755 cgroup "$CGROUP" ||
        die "no cgroups here, and mounting them failed: mount -t tmpfs cgroup $CGROUP (needs CAP_SYS_ADMIN)"
    note mounts "$CGROUP"
    for each in $controllers; do
        as_root mkdir -p "$CGROUP/$each"
        as_root mount -t cgroup -o "$each" cgroup "$CGROUP/$each" || die "mounting the cgroup controllers $each failed"
        note mounts "$CGROUP/$each"
    done
}

# In a container with cgroup v2 the processes sit where the controllers must be handed out, which the
# kernel forbids: they step aside into a cgroup "init", as Docker's own nested image does it.
delegate_cgroups() {
    [[ -e $CGROUP/cgroup.type && -n $(cat "$CGROUP/cgroup.procs") ]] || return 0
    grep -w memory "$CGROUP/cgroup.controllers" >/dev/null ||
        die "the cgroup of this container has no memory controller ($CGROUP/cgroup.controllers): start the container" \
            "with --privileged"
    as_root mkdir -p "$CGROUP/init"
    note moved "$CGROUP/init"
    move_processes "$CGROUP" "$CGROUP/init"
    local controllers
    controllers=$(sed 's/^/+/; s/ / +/g' "$CGROUP/cgroup.controllers")
    printf '%s' "$controllers" | as_root tee "$CGROUP/cgroup.subtree_control" >/dev/null ||
        die "the cgroup of this container is not delegated to it ($CGROUP/cgroup.subtree_control cannot be written):" \
            "start the container with --privileged"
}

move_processes() {
    local pid
    while read -r pid; do
        printf '%s' "$pid" | as_root tee "$2/cgroup.procs" >/dev/null 2>&1 || true
    done <"$1/cgroup.procs"
}

# A bridge of its own: two Engines that share one remove it under each other.
make_bridge() {
    local name net
    name=dmq$(printf '%s' "$ENGINE" | cksum | cut -d' ' -f1)
    for net in 192.168.213 192.168.223 10.213.213 172.29.213; do
        ip -4 route | grep "^${net%.*}\." >/dev/null || break
    done
    if ip link show "$name" >/dev/null 2>&1; then
        as_root ip link del "$name"
    fi
    if as_root ip link add "$name" type bridge && as_root ip addr add "$net.1/24" dev "$name" &&
        as_root ip link set "$name" up; then
        note bridge "$name"
        BRIDGE=$name
    else
        say "No bridge can be made here, so the sample containers have no network (needs CAP_NET_ADMIN)."
        BRIDGE=none
    fi
}

# In a plain chroot / is no mount point, which runc needs: there the Engine gets a mount namespace of its
# own in which it is one. The folder is made a private mount first, so that none of this reaches the
# machine's mounts, nor its end them.
own_root() {
    if ! awk '$5 == "/" { found = 1 } END { exit !found }' /proc/self/mountinfo; then
        as_root mkdir -p "$ENGINE/root"
        if ! as_root mount --bind "$ENGINE" "$ENGINE" || ! as_root mount --make-private "$ENGINE"; then
            die "/ is no mount point in this chroot, and making one failed (needs CAP_SYS_ADMIN)"
        fi
    fi
}

# Sets AROUND, the words in front of a command that is to run there.
own_root_words() {
    AROUND=()
    # shellcheck disable=SC2016
    [[ ! -d $ENGINE/root ]] || AROUND=(unshare --mount --propagation unchanged sh -c
        'mount --rbind / "$0" && mount --make-rprivate "$0" && cd "$0" && exec chroot . "$@"' "$ENGINE/root")
}

# Starts dockerd apart from this terminal and waits until it answers.
run_dockerd() {
    local tries path
    # What an Engine and its containerd leave outside of the folders that they are given.
    for path in /etc/docker /etc/docker/key.json /run/docker /run/docker/plugins /run/containerd /run/containerd/s; do
        as_root test -e "$path" || note outside "$path"
    done
    printf '{}\n' | as_root tee "$ENGINE/daemon.json" >/dev/null
    # shellcheck disable=SC2016
    as_root sh -c 'exec "$@" >"$0" 2>&1 </dev/null 9>&-' "$ENGINE/log" \
        setsid --fork "${AROUND[@]}" env -u DOCKER_HOST dockerd --config-file "$ENGINE/daemon.json" \
        --data-root "$ENGINE/data" --exec-root "$ENGINE/run" --pidfile "$ENGINE/pid" \
        --host "unix://$ENGINE/docker.sock" --group "$(id -g)" --bridge "$BRIDGE" \
        --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --userland-proxy=false \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$CGROUP_NAME"
    for ((tries = 0; tries < 150; tries++)); do
        engine_docker version >/dev/null 2>&1 && return 0
        if ((tries > 10)) && ! private_engine_alive; then
            break
        fi
        sleep 0.2
    done
    say "The private Engine did not start; the last lines of its log:" >&2
    tail -n 12 "$ENGINE/log" | cut -c1-300 | sed 's/^/    /' >&2
    return 1
}

private_engine_alive() {
    local pid
    pid=$(as_root cat "$ENGINE/pid" 2>/dev/null) && [[ -n $pid ]] &&
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) = dockerd ]] &&
        tr '\0' '\n' <"/proc/$pid/cmdline" | grep -xF "$ENGINE/pid" >/dev/null
}

# An image out of the static busybox, since none can be assumed to be reachable.
import_image() {
    local tree tool status=0
    engine_docker image inspect sample:latest >/dev/null 2>&1 && return 0
    tree=$(mktemp -d)
    mkdir -p "$tree/bin" "$tree/www" "$tree/tmp"
    cp /bin/busybox "$tree/bin/"
    for tool in sh httpd tail dd true; do
        ln -s busybox "$tree/bin/$tool"
    done
    echo 'A sample page.' >"$tree/www/index.html"
    chmod 755 "$tree"
    tar -C "$tree" --owner=0 --group=0 -c . | engine_docker import - sample:latest >/dev/null || status=1
    rm -rf "$tree"
    return "$status"
}

# sample NAME OPTION… -- COMMAND…: starts one sample container that is not there yet. What docker says is
# shown only when it fails (it warns about the forwarding that the samples do not need).
sample() {
    local name=$1 options=() said
    shift
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    engine_docker inspect "$name" >/dev/null 2>&1 ||
        said=$(engine_docker run -d --name "$name" "${options[@]}" sample:latest "$@" 2>&1) || {
        say "The sample container $name did not start: $said" >&2
        return 1
    }
}

start_samples() {
    local shop=(--label com.docker.compose.project=shop --label)
    sample web "${shop[@]}" com.docker.compose.service=web -- httpd -f -p 8080 -h /www &&
        sample worker "${shop[@]}" com.docker.compose.service=worker --cpus 0.1 -- sh -c 'while :; do :; done' &&
        sample cache "${shop[@]}" com.docker.compose.service=cache --memory 64m -- \
            sh -c 'dd if=/dev/zero of=/dev/shm/fill bs=1M count=24 2>/dev/null; exec tail -f /dev/null' &&
        sample job -- sh -c 'exit 3' &&
        engine_docker wait job >/dev/null
}

# private_engine_start: brings up the Engine and its containers; safe to repeat.
private_engine_start() {
    if ! private_engine_alive; then
        private_engine_stop quietly
        [[ ${#ENGINE} -le 60 ]] || die "the state folder's path is too long for a socket in it: $ENGINE"
        as_root install -d -m 711 "$ENGINE"
        kernel_ready || return 1
        own_root || return 1
        own_root_words
        make_bridge
        run_dockerd || return 1
    fi
    import_image && start_samples
}

# Ends dockerd, which ends its containerd; what is left of their processes after that is ended too.
end_dockerd() {
    local pid tries
    pid=$(as_root cat "$ENGINE/pid")
    as_root kill -TERM "$pid"
    for ((tries = 0; tries < 100; tries++)); do
        private_engine_alive || break
        sleep 0.2
    done
    if private_engine_alive; then
        as_root kill -KILL "$pid" || true
    fi
    say "Private Engine stopped (pid $pid)."
}

# Helpers of an Engine that died: every process whose command line names a folder of this Engine.
end_leftovers() {
    local file
    for file in /proc/[0-9]*/cmdline; do
        if tr '\0' '\n' 2>/dev/null <"$file" | grep -E "^(--[a-z-]+=)?$ENGINE/(run|data)/" >/dev/null; then
            file=${file#/proc/}
            as_root kill -KILL "${file%/*}" 2>/dev/null || true
        fi
    done
}

# Files and empty folders that the Engine made elsewhere and that were not there before it.
remove_outside() {
    local path
    [[ -e $ENGINE/outside ]] || return 0
    tac "$ENGINE/outside" | while read -r path; do
        if as_root test -d "$path"; then
            as_root rmdir "$path" 2>/dev/null || true
        else
            as_root rm -f "$path"
        fi
    done
}

# Takes back what lies outside of the folder in the kernel: bridge, cgroups, mounts.
release_kernel() {
    local path
    if [[ -e $ENGINE/bridge ]]; then
        as_root ip link del "$(cat "$ENGINE/bridge")" 2>/dev/null && say "Bridge $(cat "$ENGINE/bridge") removed."
    fi
    as_root find "$CGROUP" -depth -type d -path "*/$CGROUP_NAME*" -exec rmdir {} \; 2>/dev/null || true
    if [[ -e $ENGINE/moved ]]; then
        sed 's/^/-/; s/ / -/g' "$CGROUP/cgroup.controllers" | as_root tee "$CGROUP/cgroup.subtree_control" >/dev/null || true
        move_processes "$CGROUP/init" "$CGROUP"
        as_root rmdir "$CGROUP/init" || true
    fi
    if [[ -e $ENGINE/mounts ]]; then
        tac "$ENGINE/mounts" | while read -r path; do
            as_root umount -l "$path" 2>/dev/null || true
        done
        say "Unmounted what was mounted in $CGROUP."
    fi
    awk -v top="$ENGINE" '$5 == top || index($5, top "/") == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r path; do
            as_root umount -l "$path"
        done
}

# private_engine_stop [quietly]: takes all of it down; nothing to do is fine.
private_engine_stop() {
    [[ -d $ENGINE ]] || return 0
    if private_engine_alive; then
        engine_docker rm -f "${SAMPLES[@]}" >/dev/null 2>&1 || true
        say "Sample containers removed: ${SAMPLES[*]}."
        end_dockerd
    fi
    end_leftovers
    release_kernel
    remove_outside
    # Nothing may be removed through a mount that is still there: the Engine's own / must be an empty folder.
    if [[ -d $ENGINE/root ]]; then
        as_root rmdir "$ENGINE/root" || die "$ENGINE/root is still mounted: umount it, then stop again"
    fi
    as_root rm -rf --one-file-system "$ENGINE"
    [[ ${1:-} = quietly ]] || say "The private Engine's folder $ENGINE removed."
}
