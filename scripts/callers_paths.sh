# shellcheck shell=bash
# What scripts that run elsewhere than they were called from need of paths; to
# be sourced, with `here` the folder of the caller.

refuse() {
    echo "ERROR: $*" >&2
    exit 2
}

# Folders are the caller's, not this repository's.
absolute() {
    case $1 in
    /* | *://*) echo "$1" ;;
    *) echo "$here/$1" ;;
    esac
}

# The same for files and patterns with commas between.
absolute_all() {
    local part all=() IFS=,
    set -f
    for part in $1; do
        all+=("$(absolute "$part")")
    done
    set +f
    echo "${all[*]}"
}
