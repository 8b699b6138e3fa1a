# Read by bash before a setup script, as its BASH_ENV: notes where the script fails, whatever it sets itself.
unset BASH_ENV
readonly __pullwright_notes=$PULLWRIGHT_NOTES
unset PULLWRIGHT_NOTES
__pullwright_note() {
    local - kind=$1 status=$2 command=$3 frame
    set +eux
    {
        printf '%s\t%s\t%s\t' "$kind" "$status" "$BASH_SUBSHELL"
        for ((frame = 1; frame < ${#BASH_SOURCE[@]}; frame++)); do
            printf '%s:%s|' "${BASH_SOURCE[frame]}" "${BASH_LINENO[frame - 1]}"
        done
        printf '\t%q\n' "${command:0:300}"
    } >>"$__pullwright_notes"
} 2>/dev/null
exit() {
    local __pullwright_status=$?
    __pullwright_note exited "${1:-$__pullwright_status}" exit 2>/dev/null
    builtin exit "${@:-$__pullwright_status}"
}
trap '__pullwright_note failed "$?" "$BASH_COMMAND" 2>/dev/null' ERR
trap '__pullwright_note left "$?" "$BASH_COMMAND" 2>/dev/null' EXIT
set -eE
