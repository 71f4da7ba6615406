# What tools/static, tools/deb and tools/vm make once and keep: folders below the cache folder.
# shellcheck shell=bash
#
# Sourced after debian.sh, never run. A folder's name changes with what it is made of, so that old ones stay
# behind. While one is made it has .part behind its name. Each kind has a lock: only who holds it makes, takes
# and removes such folders, so that what is seen under it is whole and is not going away.

readonly unused_days=30

# Of what is removed half nothing is left under the name of a whole one.
remove_folder() {
    [[ $1 = *.part ]] || { rm -rf "$1.part" && mv -T "$1" "$1.part"; } || return
    rm -rf "${1%.part}.part"
}

# take_folder FOLDER PATTERN: with the lock of its kind held, has FOLDER counted as used now, and removes
# what PATTERN matches beside it and was not finished or not used for so long. What cannot be removed (it is
# another user's) is told and stays.
take_folder() {
    local place=${1%/*} folder gone=()
    touch "$1" 2>/dev/null || true
    while IFS= read -r -d '' folder; do
        if remove_folder "$folder"; then
            gone+=("${folder##*/}")
        else
            say "$folder was not finished or is unused for $unused_days days, and cannot be removed" >&2
        fi
    done < <(find "$place" -mindepth 1 -maxdepth 1 -type d -name "$2" \
        \( -name '*.part' -o -mtime "+$((unused_days - 1))" \) -print0)
    [[ ${#gone[@]} -eq 0 ]] || say "Removed from $place, since unfinished or unused for $unused_days days: ${gone[*]}" >&2
}
