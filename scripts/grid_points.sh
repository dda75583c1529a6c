# shellcheck shell=bash
# Which points of a grid are done; to be sourced.

# Returns whether a point is done, by this very command: is_done FOLDER COMMAND
is_done() {
    [[ -e $1/point.done && $(<"$1/point.done") == "$2" ]]
}

# Notes that a point is done. Nothing is there if it was not run, as in a
# rehearsal: mark_done FOLDER COMMAND
mark_done() {
    [[ ! -d $1 ]] || printf '%s\n' "$2" > "$1/point.done"
}
