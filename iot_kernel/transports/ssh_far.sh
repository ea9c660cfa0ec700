# Runs at the other computer: joins a serial port to both ends of an ssh connection.
#
# Needs a POSIX shell, head, uname, stty, cat and sleep; uses flock, ps, readlink and /sys where they are there. The
# shell that runs this must not lead its session: a terminal that a leader opens becomes its controlling one.
#
# Set before: path, baud, beat (seconds), and what stands in this process's arguments as
# iot-kernel:OWNER:PORT:MARK: owner (who may end an earlier connection), port (stands for the path), mark (of this
# connection, begins each line that is meant for the host). Says one line, "MARK open NODE …" or
# "MARK failed WHY …"; behind the former come the port's bytes. The line of errors "MARK ended" says that the port
# is gone, or its input has ended.

exec 4>&2 2>/dev/null 5<&0
trap "" PIPE
# Messages in English, and no cut lines of ps.
LC_ALL=C
COLUMNS=1000
export LC_ALL COLUMNS

fail() {
    echo "$mark failed $*"
    exit 1
}

# Ends an earlier connection of the same owner to this port, which the network has not ended yet. Prints the
# process of another owner's.
end_earlier() {
    { ps -A -o pid= -o args= || ps -o pid= -o args=; } | while read -r pid words; do
        case $words in
            "sh -c "*":$mark"*) ;;
            "sh -c "*" iot-kernel:$owner:$port:"????????????????*) kill -s TERM "$pid" ;;
            "sh -c "*" iot-kernel:"*":$port:"????????????????*) echo "$pid" ;;
        esac
    done
}

# Prints USB vendor and product of what is behind the port, as the system knows them.
usb_ids() {
    cd -P "/sys/class/tty/${node##*/}/device" || return
    while [ ! -r idVendor ] && [ "$PWD" != / ]; do cd -P .. || return; done
    cat idVendor idProduct
}

# Locks file 3; where no program can do that, it counts as free.
is_free() {
    flock -n 3
    [ $? -ne 1 ]
}

# Waits for a moment; not every sleep knows parts of seconds.
nap() {
    sleep 0.2 || sleep 1
}

# Runs a command with file 7 as its input until it ends, or until this is told to; then all is over.
part() {
    trap 'kill -s KILL $!; exit' TERM
    "$@" <&7 &
    wait $!
    echo "$mark ended" >&4
    kill -s TERM $$
}

# Says now and then that all is well, and so notices when nobody is there any more to hear it.
watch() {
    trap 'kill -s KILL $!; exit' TERM
    while :; do
        sleep "$beat" >/dev/null 4>&- &
        wait $!
        echo . >&4 || break
    done
    kill -s TERM $$
}

# Ends all parts. A signal is lost on a shell that has just been started, so it comes more than once.
end() {
    trap "" TERM HUP INT
    parts="$parts $!"
    kill $parts
    for try in 1 2 3 4 5 6 7 8 9; do nap; kill $parts; done >/dev/null 3<&- 4>&- 5<&- &
    wait $parts
    kill -s KILL $!
    exit
}

[ -e "$path" ] || fail missing /dev/ttyACM* /dev/ttyUSB* /dev/serial/by-id/*
[ -c "$path" ] || fail no-port
{ [ -r "$path" ] && [ -w "$path" ]; } || fail denied "$(id -un)" "$(ls -lLd "$path")"
node=$(readlink -f "$path") || node=$path
other=$(end_earlier)
[ -z "$other" ] || fail busy $other
case $(uname) in Darwin | *BSD) option=-f ;; *) option=-F ;; esac
# Without -hupcl the modem lines would fall between this and the opening, and that resets some boards.
problem=$(stty $option "$path" raw -echo -iexten -hupcl clocal cread cs8 -cstopb -parenb "$baud" 2>&1)
case $problem in "" | *"all requested operations"*) ;; *) fail stty "$problem" ;; esac
command exec 3<>"$path" || fail stty "it cannot be opened"
stty -crtscts <&3
stty hupcl <&3
is_free || { nap; is_free; } || { sleep 1; is_free; } || fail busy

trap end TERM HUP INT
echo "$mark open $node" $(usb_ids)
part cat 7<&3 &
parts=$!
part cat 7<&5 >&3 &
parts="$parts $!"
watch 3<&- 5<&- >/dev/null &
parts="$parts $!"
exec 3<&- 5<&- >/dev/null
wait
