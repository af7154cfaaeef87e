#!/usr/bin/env bash
#
# Redis servers on loopback for swift-redlock, and the project's checks and demo: see `./cluster.sh help`.
#
# Runs in bash 3.2 as well, which is what macOS has: no associative arrays, no mapfile, no ${name,,}, no $BASHPID,
# and an array that may be empty is written ${name[@]+"${name[@]}"}.
#
# A state directory holds one cluster:
#   settings          what `up` was told; the cluster exists when this file does, so it is written first and deleted last
#   password          mode 600, only with --password
#   tls/              ca.crt, server.crt, server.key, only with --tls
#   node-1/ ...       redis.conf, data/, log, and pid: "PID START EPOCH", where START tells a process from a later one
#                     that was given the same pid
#   lock              a symbolic link to PID:START of the cluster.sh that is changing something

set -euo pipefail
unset CDPATH

# Where this file is, through however many symbolic links it was called.
script_path() {
    local path=$1 target
    while [ -L "$path" ]; do
        target=$(readlink "$path")
        case $target in
            /*) path=$target ;;
            *) path=$(dirname "$path")/$target ;;
        esac
    done
    printf '%s/%s\n' "$(cd -P "$(dirname "$path")" && pwd)" "$(basename "$path")"
}

SCRIPT=$(script_path "${BASH_SOURCE[0]}")
ROOT=${SCRIPT%/*}
DIR='' # the state directory; absolute once the arguments are read

NODES=5
PORT=7101
APPENDONLY=no
TLS=no
PASSWORD=''

readonly LOCK_SECONDS=30  # how long to wait for another cluster.sh in the same directory
readonly READY_SECONDS=20 # how long a server may take to answer
readonly STOP_SECONDS=10  # how long a server may take to stop when asked to, before it is killed
readonly DEMO_PORT=17101

usage() {
    cat <<'EOF'
usage: ./cluster.sh [--dir DIR] VERB [...]

A Redlock cluster on this machine: N independent redis-servers on 127.0.0.1.

  setup             install what is missing of hiredis, redis-server, sqlite and openssl (apt-get or brew)
  up [OPTIONS]      start the nodes; nothing to do when they all run already with the same options
      --nodes N             how many (5)
      --port PORT           port of node 1; the others follow it (7101)
      --appendonly no|everysec|always
                            what survives a crash of a node: nothing, all but a second, everything (no)
      --password PW         the nodes ask for this password; `-` reads it from standard input, which keeps it out
                            of the command line of `up` too
      --tls                 TLS only, with a throw-away CA made for this cluster
  down              stop every node and delete the cluster's state
  status            a table of the nodes
  env               print `export REDLOCK_NODES=...`, for eval
  kill I            kill node I at once, as a crash does (SIGKILL)
  start I           start dead node I again, with the same options and the data it left
  wipe I            start node I with no data, killing it first if it runs
  pause I           freeze node I: it keeps its connections and answers nothing (SIGSTOP)
  resume I          let paused node I go on
  logs I [-f]       the end of node I's log; -f follows it
  demo [ARGS]       build and run the flash sale on five nodes and a shop server of its own; ARGS go to FlashSale
  test [ARGS]       setup, lint, build and run all tests; ARGS go to `swift test`
  help              this text

Nodes are numbered from 1. --dir DIR, before or after the verb, is where a cluster's state is kept: .cluster next to
this script unless told otherwise (.cluster/demo for demo). Clusters in two directories run side by side if their
ports differ. What stands after `--` is passed on to FlashSale or `swift test` unread.

examples:
  ./cluster.sh up && eval "$(./cluster.sh env)"
  ./cluster.sh kill 2; ./cluster.sh status; ./cluster.sh start 2
  ./cluster.sh --dir /tmp/secure up --port 7201 --nodes 3 --tls --password 's3cret'
  ./cluster.sh test --filter RedlockCoreTests
  ./cluster.sh demo -- --help

exit codes: 0 ok, 1 failed, 2 wrong usage; demo and test pass on those of FlashSale and swift.
EOF
}

fail() {
    printf 'cluster.sh: %s\n' "$*" >&2
    exit 1
}

usage_error() {
    printf 'cluster.sh: %s\nsee: ./cluster.sh help\n' "$*" >&2
    exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# The command line that runs VERB on this cluster, to be shown to the user.
command_for() {
    if [ "$DIR" = "$ROOT/.cluster" ]; then
        printf '%q %s' "$0" "$*"
    else
        printf '%q --dir %q %s' "$0" "$DIR" "$*"
    fi
}

# --- leaving ---------------------------------------------------------------------------------------------------------

SIGNAL=''      # the one that ends this script
HELD_SIGNAL='' # one that came while signals were held

at_exit() {
    local status=$?
    set +e
    # A second Ctrl-C must not cut this short; everything below is bounded in time.
    trap '' HUP INT TERM
    # Each of these looks at its own variable and does nothing if there is nothing to undo.
    take_down_demo
    undo_up
    silence_redis_service
    remove_policy
    release_locks
    if [ -n "$SIGNAL" ]; then
        # To die of it tells the caller that this was Ctrl-C; after an `exit 130`, a caller's loop would go on.
        trap - EXIT "$SIGNAL"
        kill -s "$SIGNAL" $$
    fi
    exit "$status"
}

end_by() {
    SIGNAL=$1
    exit 1
}

let_signals_through() {
    trap 'end_by HUP' HUP
    trap 'end_by INT' INT
    trap 'end_by TERM' TERM
    [ -z "$HELD_SIGNAL" ] || end_by "$HELD_SIGNAL"
}

# Between the start of a process and the note of its pid, a signal has to wait: at_exit would not know of the process.
hold_signals() {
    trap 'HELD_SIGNAL=HUP' HUP
    trap 'HELD_SIGNAL=INT' INT
    trap 'HELD_SIGNAL=TERM' TERM
}

# --- processes -------------------------------------------------------------------------------------------------------

# Sets PROCESS_STATE (R, S, T, Z ...; empty when there is no such process) and PROCESS_START. In variables and, on Linux,
# without a child process: launch calls this while Ctrl-C may be killing children.
look_at_process() {
    local line fields
    PROCESS_STATE='' PROCESS_START=''
    if [ -r /proc/self/stat ]; then
        { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
        # The second field is the name in parentheses, and may hold anything; the start time is the 22nd.
        read -r -a fields <<<"${line##*) }"
        PROCESS_STATE=${fields[0]} PROCESS_START=${fields[19]}
    else
        line=$(LC_ALL=C TZ=UTC0 ps -o state= -o lstart= -p "$1" 2>/dev/null) || return 0
        read -r PROCESS_STATE PROCESS_START <<<"$line"
        PROCESS_STATE=${PROCESS_STATE:0:1} PROCESS_START=${PROCESS_START// /_}
    fi
}

# Is the process that was noted as PID and START still there? Leaves its state in PROCESS_STATE.
same_process() {
    look_at_process "$1"
    case $PROCESS_STATE in
        '' | Z* | X*) return 1 ;;
        *) [ "$PROCESS_START" = "$2" ] ;;
    esac
}

# Runs a command for at most so many tenths of a second (macOS has no `timeout`). The command must be one process.
bounded() {
    local ticks=$1 pid
    shift
    "$@" <&0 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$ticks" -le 0 ]; then
            kill -KILL "$pid" 2>/dev/null || true
            return 1
        fi
        ticks=$((ticks - 1))
        sleep 0.1
    done
    wait "$pid"
}

# --- one cluster.sh at a time ----------------------------------------------------------------------------------------

HELD_LOCKS=()

# A symbolic link is made in one step together with its text, so the lock always says who holds it.
take_lock() {
    local lock=$1 deadline=$((SECONDS + $2)) me holder
    look_at_process $$
    me=$$:$PROCESS_START
    until { mkdir -p "$DIR" && ln -s -n "$me" "$lock"; } 2>/dev/null; do
        holder=$(readlink "$lock" 2>/dev/null) || holder=''
        if [ -n "$holder" ] && ! same_process "${holder%%:*}" "${holder#*:}"; then
            break_lock "$lock"
        elif [ -z "$holder" ] && [ -d "$DIR" ] && [ ! -w "$DIR" ]; then
            fail "cannot write in $DIR"
        elif [ "$SECONDS" -ge "$deadline" ]; then
            fail "another cluster.sh (pid ${holder%%:*}) is at work in $DIR;" \
                "if that is not so, delete $lock and $lock.break"
        fi
        sleep 0.05
    done
    HELD_LOCKS+=("$lock")
}

# Deletes the lock of a cluster.sh that was killed. Two may find it stale at once, and the slower must not delete the
# lock the faster has taken since: so only one at a time, and it looks again.
break_lock() {
    local holder
    mkdir "$1.break" 2>/dev/null || return 0
    holder=$(readlink "$1" 2>/dev/null) || holder=''
    if [ -n "$holder" ] && ! same_process "${holder%%:*}" "${holder#*:}"; then
        rm -f "$1"
    fi
    rmdir "$1.break" 2>/dev/null || true
}

release_locks() {
    local lock
    for lock in ${HELD_LOCKS[@]+"${HELD_LOCKS[@]}"}; do
        rm -f "$lock"
        # Goes only when it is empty, which means: no cluster here (any more).
        rmdir "${lock%/*}" 2>/dev/null || true
    done
    HELD_LOCKS=()
}

# --- a cluster and its nodes -----------------------------------------------------------------------------------------

require_redis() {
    if ! have redis-server || ! have redis-cli; then
        fail "redis-server or redis-cli is missing; run $0 setup"
    fi
}

load_settings() {
    local key value
    [ -f "$DIR/settings" ] || fail "no cluster in $DIR; first run: $(command_for up)"
    while IFS='=' read -r key value; do
        case $key in
            nodes) NODES=$value ;;
            port) PORT=$value ;;
            appendonly) APPENDONLY=$value ;;
            tls) TLS=$value ;;
        esac
    done <"$DIR/settings"
    PASSWORD=''
    [ ! -f "$DIR/password" ] || PASSWORD=$(cat "$DIR/password")
}

# Settings, and nobody else changing anything until this cluster.sh ends.
open_cluster() {
    load_settings
    take_lock "$DIR/lock" "$LOCK_SECONDS"
    load_settings # it may have gone, or been replaced, meanwhile
}

# Sets NODE from the arguments of verb VERB.
read_node() {
    local verb=$1
    shift
    [ $# -eq 1 ] || usage_error "$verb takes the number of one node, as in: $verb 2"
    is_number "$1" || usage_error "$verb: '$1' is not the number of a node"
    NODE=$1
}

check_node() { [ "$NODE" -le "$NODES" ] || fail "no such node: $NODE (there are 1..$NODES)"; }

# For the verbs that change one node.
open_node() {
    read_node "$@"
    open_cluster
    check_node
    look_at_node "$NODE"
}

node_port() { echo $((PORT + $1 - 1)); }

# "5 nodes on 127.0.0.1, ports 7101..7105"
describe_cluster() {
    if [ "$NODES" -eq 1 ]; then
        echo "1 node on 127.0.0.1, port $PORT"
    else
        echo "$NODES nodes on 127.0.0.1, ports $PORT..$(node_port "$NODES")"
    fi
}

# Sets NODE_STATE (up, paused or dead), NODE_PID and NODE_SINCE.
look_at_node() {
    local start
    NODE_STATE=dead NODE_PID='' NODE_SINCE=''
    [ -f "$DIR/node-$1/pid" ] || return 0
    read -r NODE_PID start NODE_SINCE <"$DIR/node-$1/pid" || return 0
    if same_process "$NODE_PID" "$start"; then
        case $PROCESS_STATE in
            T*) NODE_STATE=paused ;;
            *) NODE_STATE=up ;;
        esac
    fi
}

# Waits until node I is in STATE; fails after so many seconds.
wait_for_state() {
    local deadline=$((SECONDS + $3))
    look_at_node "$1"
    while [ "$NODE_STATE" != "$2" ]; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.02
        look_at_node "$1"
    done
}

# TEXT with every byte but A-Z a-z 0-9 - . _ ~ as PREFIX and two hex digits: `%` for URLs, `\x` for redis.conf strings.
# With a third argument, slashes stay too.
escaped() {
    local byte
    for byte in $(printf '%s' "$2" | od -An -v -tx1); do
        case $byte${3:+/} in
            3[0-9]* | 4[1-9a-f]* | 5[0-9af]* | 6[1-9a-f]* | 7[0-9ae]* | 2d* | 2e* | 2f/) printf '%b' "\\x$byte" ;;
            *) printf '%s%02X' "$1" "0x$byte" ;;
        esac
    done
}

# In a file that only its owner can read, because of the password.
write_configuration() {
    local home=$DIR/node-$1 port
    port=$(node_port "$1")
    {
        echo "bind 127.0.0.1"
        if [ "$TLS" = yes ]; then
            echo "port 0"
            echo "tls-port $port"
            echo "tls-auth-clients no"
            printf 'tls-ca-cert-file "%s"\n' "$(escaped '\x' "$DIR/tls/ca.crt" /)"
            printf 'tls-cert-file "%s"\n' "$(escaped '\x' "$DIR/tls/server.crt" /)"
            printf 'tls-key-file "%s"\n' "$(escaped '\x' "$DIR/tls/server.key" /)"
        else
            echo "port $port"
        fi
        [ -z "$PASSWORD" ] || printf 'requirepass "%s"\n' "$(escaped '\x' "$PASSWORD")"
        printf 'dir "%s"\n' "$(escaped '\x' "$home/data" /)"
        echo "daemonize no"
        echo 'save ""'
        if [ "$APPENDONLY" = no ]; then
            echo "appendonly no"
        else
            echo "appendonly yes"
            echo "appendfsync $APPENDONLY"
        fi
        echo "maxmemory-policy noeviction"
    } >"$home/redis.conf"
}

# A CA of its own for every cluster; its key is deleted as soon as it has signed the one certificate.
make_certificates() {
    mkdir "$DIR/tls"
    cat >"$DIR/tls/openssl.cnf" <<'EOF'
[req]
distinguished_name = name
x509_extensions = ca
prompt = no
[name]
CN = swift-redlock throw-away CA
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
authorityKeyIdentifier = keyid
EOF
    (
        cd "$DIR/tls"
        openssl ecparam -name prime256v1 -genkey -noout -out ca.key &&
            openssl req -x509 -new -config openssl.cnf -key ca.key -sha256 -days 365 -out ca.crt &&
            openssl ecparam -name prime256v1 -genkey -noout -out server.key &&
            openssl req -new -config openssl.cnf -key server.key -sha256 -subj /CN=localhost -out server.csr &&
            openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -set_serial 2 -sha256 -days 365 \
                -extfile openssl.cnf -extensions server -out server.crt &&
            rm ca.key server.csr openssl.cnf
    ) >"$DIR/tls/log" 2>&1 || fail "openssl could not make the certificates:
$(cat "$DIR/tls/log")"
    rm "$DIR/tls/log"
}

# Starts node I and notes its pid; does not wait.
launch() {
    local home=$DIR/node-$1 pid now
    [ -f "$home/redis.conf" ] || fail "node $1 was never made, because \`up\` was killed; first run: $(command_for down)"
    now=$(date +%s)
    hold_signals
    # Job control gives the server a process group of its own: Ctrl-C in this terminal is not meant for it.
    set -m
    redis-server "$home/redis.conf" </dev/null >>"$home/log" 2>&1 &
    pid=$!
    set +m
    disown "$pid" 2>/dev/null || true # or bash reports its death
    look_at_process "$pid"
    while [ -z "$PROCESS_START" ] && kill -0 "$pid" 2>/dev/null; do
        look_at_process "$pid"
    done
    echo "$pid ${PROCESS_START:-gone} $now" >"$home/pid"
    let_signals_through
}

# Becomes redis-cli, connected to node I; for a subshell.
become_redis_cli() {
    local options=(-h 127.0.0.1 -p "$(node_port "$1")")
    [ "$TLS" = no ] || options+=(--tls --cacert "$DIR/tls/ca.crt")
    unset REDISCLI_AUTH
    [ -z "$PASSWORD" ] || export REDISCLI_AUTH=$PASSWORD
    exec redis-cli "${options[@]}"
}

# Does node I answer, and is it our process that answers, not another server on that port?
answers() {
    local reply
    reply=$(printf 'PING\nINFO server\n' | bounded 20 become_redis_cli "$1" 2>/dev/null) || return 1
    case $reply in
        PONG*process_id:"$NODE_PID"[!0-9]*) return 0 ;;
        *) return 1 ;;
    esac
}

# Waits until node I answers. When it does not, says why and leaves it dead.
wait_until_ready() {
    local deadline=$((SECONDS + READY_SECONDS)) port
    look_at_node "$1"
    until answers "$1"; do
        look_at_node "$1"
        if [ "$NODE_STATE" = dead ] || [ "$SECONDS" -ge "$deadline" ]; then
            [ "$NODE_STATE" = dead ] || kill_node "$1"
            port=$(node_port "$1")
            ! port_taken "$port" || fail "$(port_taken_message "$port")"
            fail "node $1 does not run; the end of its log:
$(tail -n 20 "$DIR/node-$1/log")"
        fi
        sleep 0.05
    done
}

kill_node() {
    kill -KILL "$NODE_PID" 2>/dev/null || true
    wait_for_state "$1" dead "$STOP_SECONDS" || fail "node $1 (pid $NODE_PID) outlives SIGKILL"
}

# All together, so that the time for one is the time for all.
stop_nodes() {
    local i deadline=$((SECONDS + STOP_SECONDS))
    for ((i = 1; i <= NODES; i++)); do
        look_at_node "$i"
        [ "$NODE_STATE" != paused ] || kill -CONT "$NODE_PID" 2>/dev/null || true
        [ "$NODE_STATE" = dead ] || kill -TERM "$NODE_PID" 2>/dev/null || true
    done
    for ((i = 1; i <= NODES; i++)); do
        wait_for_state "$i" dead $((deadline - SECONDS)) || kill_node "$i"
    done
}

# By name, never the directory as a whole: --dir may be any directory, and other clusters may be kept below this one.
delete_state() {
    local i
    for ((i = 1; i <= NODES; i++)); do
        rm -rf "$DIR/node-$i"
    done
    rm -rf "$DIR/tls"
    rm -f "$DIR/password" "$DIR/settings"
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

port_taken_message() {
    printf '%s' "port $1 of 127.0.0.1 is taken by another program: stop that one" \
        " (to find it: lsof -nP -iTCP:$1 -sTCP:LISTEN), or use other ports: $(command_for up --port PORT)"
}

is_number() {
    [[ $1 =~ ^[1-9][0-9]{0,8}$ ]]
}

# --- verbs -----------------------------------------------------------------------------------------------------------

read_up_options() {
    local option
    while [ $# -gt 0 ]; do
        option=$1
        case $option in
            --tls)
                TLS=yes
                shift
                continue
                ;;
            --nodes | --port | --appendonly | --password) ;;
            *) usage_error "up: unknown option '$option'" ;;
        esac
        [ $# -ge 2 ] || usage_error "up: $option needs a value"
        case $option in
            --nodes) NODES=$2 ;;
            --port) PORT=$2 ;;
            --appendonly) APPENDONLY=$2 ;;
            --password)
                PASSWORD=$2
                [ "$PASSWORD" != - ] || IFS= read -r PASSWORD || true # the last line may have no line break
                [ -n "$PASSWORD" ] || usage_error "up: the password is empty"
                case $PASSWORD in
                    *$'\n'*) usage_error "up: a password cannot hold a line break" ;;
                esac
                ;;
        esac
        shift 2
    done
    if ! is_number "$NODES" || [ "$NODES" -gt 100 ]; then
        usage_error "up: --nodes is 1 to 100, not '$NODES'"
    fi
    if ! is_number "$PORT" || [ $((PORT + NODES - 1)) -gt 65535 ]; then
        usage_error "up: --port '$PORT': the ports of all $NODES nodes must be within 1..65535"
    fi
    case $APPENDONLY in
        no | everysec | always) ;;
        *) usage_error "up: --appendonly is no, everysec or always, not '$APPENDONLY'" ;;
    esac
}

# There is a cluster in the directory already: fine if it is just what was asked for.
accept_running_cluster() {
    local wanted="$NODES $PORT $APPENDONLY $TLS $PASSWORD" i
    load_settings
    [ "$wanted" = "$NODES $PORT $APPENDONLY $TLS $PASSWORD" ] ||
        fail "there is a cluster with other options in $DIR; first run: $(command_for down)" \
            "(or give this one another --dir)"
    for ((i = 1; i <= NODES; i++)); do
        look_at_node "$i"
        case $NODE_STATE in
            dead) fail "the cluster is up already, but node $i is dead; try: $(command_for start "$i")" ;;
            paused) fail "the cluster is up already, but node $i is paused; try: $(command_for resume "$i")" ;;
        esac
    done
    echo "already up: $(describe_cluster)"
}

UNDO_UP=no

undo_up() {
    [ "$UNDO_UP" = yes ] || return 0
    UNDO_UP=no
    (stop_nodes) || true
    delete_state
}

cmd_up() {
    local i
    read_up_options "$@"
    require_redis
    [ "$TLS" = no ] || have openssl || fail "openssl is missing; run $0 setup"

    umask 077
    mkdir -p "$DIR" || exit 1
    take_lock "$DIR/lock" "$LOCK_SECONDS"
    if [ -f "$DIR/settings" ]; then
        accept_running_cluster
        return
    fi
    for ((i = 1; i <= NODES; i++)); do
        ! port_taken "$(node_port "$i")" || fail "$(port_taken_message "$(node_port "$i")")"
        [ ! -e "$DIR/node-$i" ] || fail "$DIR/node-$i is in the way, and no cluster of mine: choose another --dir"
    done
    [ ! -e "$DIR/tls" ] || fail "$DIR/tls is in the way, and no cluster of mine: choose another --dir"

    UNDO_UP=yes
    printf 'nodes=%s\nport=%s\nappendonly=%s\ntls=%s\n' "$NODES" "$PORT" "$APPENDONLY" "$TLS" >"$DIR/settings"
    [ -z "$PASSWORD" ] || printf '%s' "$PASSWORD" >"$DIR/password"
    [ "$TLS" = no ] || make_certificates
    for ((i = 1; i <= NODES; i++)); do
        mkdir "$DIR/node-$i" "$DIR/node-$i/data"
        write_configuration "$i"
        launch "$i"
    done
    for ((i = 1; i <= NODES; i++)); do
        wait_until_ready "$i"
    done
    UNDO_UP=no
    echo "up: $(describe_cluster), state in $DIR"
}

cmd_down() {
    [ $# -eq 0 ] || usage_error "down takes no arguments"
    open_cluster
    stop_nodes
    delete_state
    echo "down: $(describe_cluster)"
}

duration() {
    local s=$1
    if [ "$s" -lt 60 ]; then
        echo "$s s"
    elif [ "$s" -lt 3600 ]; then
        printf '%d m %02d s\n' $((s / 60)) $((s % 60))
    else
        printf '%d h %02d m\n' $((s / 3600)) $((s % 3600 / 60))
    fi
}

status_row() { printf '%4s  %5s  %7s  %-6s  %s\n' "$@"; }

cmd_status() {
    local i now
    [ $# -eq 0 ] || usage_error "status takes no arguments"
    load_settings
    now=$(date +%s)
    status_row node port pid state uptime
    for ((i = 1; i <= NODES; i++)); do
        look_at_node "$i"
        if [ "$NODE_STATE" = dead ]; then
            status_row "$i" "$(node_port "$i")" - dead -
        else
            status_row "$i" "$(node_port "$i")" "$NODE_PID" "$NODE_STATE" "$(duration $((now - NODE_SINCE)))"
        fi
    done
}

cmd_env() {
    local i nodes='' user=''
    [ $# -eq 0 ] || usage_error "env takes no arguments"
    load_settings
    [ -z "$PASSWORD" ] || user=":$(escaped % "$PASSWORD")@"
    for ((i = 1; i <= NODES; i++)); do
        if [ "$TLS" = yes ]; then
            nodes+=",rediss://${user}localhost:$(node_port "$i")?ca=$(escaped % "$DIR/tls/ca.crt" /)"
        else
            nodes+=",redis://${user}127.0.0.1:$(node_port "$i")"
        fi
    done
    # Nothing in there is special within single quotes; without them some shells take the ? for a pattern.
    echo "export REDLOCK_NODES='${nodes#,}'"
}

cmd_kill() {
    open_node kill "$@"
    [ "$NODE_STATE" != dead ] || fail "node $NODE is dead already"
    kill_node "$NODE"
    echo "node $NODE (port $(node_port "$NODE")) killed"
}

cmd_pause() {
    open_node pause "$@"
    case $NODE_STATE in
        dead) fail "node $NODE is dead; try: $(command_for start "$NODE")" ;;
        paused) fail "node $NODE is paused already" ;;
    esac
    kill -STOP "$NODE_PID"
    wait_for_state "$NODE" paused "$STOP_SECONDS" || fail "node $NODE (pid $NODE_PID) does not stop"
    echo "node $NODE (port $(node_port "$NODE")) paused"
}

cmd_resume() {
    open_node resume "$@"
    case $NODE_STATE in
        dead) fail "node $NODE is dead; try: $(command_for start "$NODE")" ;;
        up) fail "node $NODE is not paused" ;;
    esac
    kill -CONT "$NODE_PID"
    wait_for_state "$NODE" up "$STOP_SECONDS" || fail "node $NODE (pid $NODE_PID) does not go on"
    echo "node $NODE (port $(node_port "$NODE")) goes on"
}

cmd_start() {
    open_node start "$@"
    require_redis
    case $NODE_STATE in
        up) fail "node $NODE is up already" ;;
        paused) fail "node $NODE is only paused; try: $(command_for resume "$NODE")" ;;
    esac
    launch "$NODE"
    wait_until_ready "$NODE"
    echo "node $NODE (port $(node_port "$NODE")) started"
}

cmd_wipe() {
    open_node wipe "$@"
    require_redis
    [ "$NODE_STATE" = dead ] || kill_node "$NODE"
    umask 077
    rm -rf "$DIR/node-$NODE/data"
    mkdir "$DIR/node-$NODE/data"
    launch "$NODE"
    wait_until_ready "$NODE"
    echo "node $NODE (port $(node_port "$NODE")) started empty"
}

cmd_logs() {
    local argument follow=no node=()
    for argument; do
        case $argument in
            -f) follow=yes ;;
            *) node+=("$argument") ;;
        esac
    done
    read_node logs ${node[@]+"${node[@]}"}
    load_settings
    check_node
    if [ "$follow" = yes ]; then
        exec tail -n 50 -f "$DIR/node-$NODE/log"
    fi
    tail -n 50 "$DIR/node-$NODE/log"
}

# --- setup -----------------------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Runs a command without its output, unless it fails.
quietly() {
    local output
    output=$("$@" 2>&1 </dev/null) || {
        printf '%s\n' "$output" >&2
        return 1
    }
}

# Whether a C header is where the compiler finds it without being told.
has_header() {
    local include
    for include in /usr/include /usr/local/include /opt/homebrew/include; do
        [ ! -f "$include/$1" ] || return 0
    done
    # What comes with Xcode.
    [ "$(uname -s)" = Darwin ] && [ -f "$(xcrun --show-sdk-path 2>/dev/null)/usr/include/$1" ]
}

# Sets MISSING to the names of the packages to install, as the package manager of this system calls them.
find_missing() {
    local hiredis=libhiredis-dev redis=redis-server sqlite=libsqlite3-dev
    if [ "$(uname -s)" = Darwin ]; then
        hiredis=hiredis redis=redis sqlite=sqlite
    fi
    MISSING=()
    has_header hiredis/read.h || MISSING+=("$hiredis")
    has_header sqlite3.h || MISSING+=("$sqlite")
    { have redis-server && have redis-cli; } || MISSING+=("$redis")
    have openssl || MISSING+=(openssl)
}

readonly POLICY=/usr/sbin/policy-rc.d
POLICY_IS_OURS=no

# Debian's packages start their services as they are installed, unless this file says that they may not.
forbid_services() {
    [ ! -e "$POLICY" ] || return 0
    POLICY_IS_OURS=yes
    printf '#!/bin/sh\n# Made by cluster.sh setup, which deletes it again.\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
}

remove_policy() {
    [ "$POLICY_IS_OURS" = yes ] || return 0
    POLICY_IS_OURS=no
    as_root rm -f "$POLICY"
}

redis_service_runs() {
    if [ -d /run/systemd/system ]; then
        systemctl is-active --quiet redis-server
    else
        [ -x /etc/init.d/redis-server ] && /etc/init.d/redis-server status >/dev/null 2>&1
    fi
}

REDIS_SERVICE_IS_NEW=no

# A service that did not run before its package was installed does not run now, nor after the next boot.
silence_redis_service() {
    [ "$REDIS_SERVICE_IS_NEW" = yes ] || return 0
    REDIS_SERVICE_IS_NEW=no
    have redis-server || return 0
    if redis_service_runs; then
        quietly as_root service redis-server stop || echo "the redis service of this system runs: stop it" >&2
    fi
    if have systemctl; then
        quietly as_root systemctl disable redis-server
    else
        quietly as_root update-rc.d redis-server disable
    fi || echo "the redis service of this system will start at the next boot: disable it" >&2
}

install_with_apt() {
    have apt-get || fail "no apt-get here: install $* (or what your system calls them) by hand"
    [ "$(id -u)" -eq 0 ] || have sudo || fail "not root, and no sudo; as root, run: apt-get install $*"
    echo "installing with apt-get: $*"
    case " $* " in
        *' redis-server '*) redis_service_runs || REDIS_SERVICE_IS_NEW=yes ;;
    esac
    forbid_services
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update ||
        echo "apt-get update failed (see above); trying with the package lists that are here" >&2
    quietly as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" ||
        fail "apt-get could not install: $*"
    silence_redis_service
    remove_policy
}

install_with_brew() {
    have brew || fail "Homebrew is missing: https://brew.sh (to install: $*)"
    echo "installing with brew: $*"
    quietly brew install "$@" || fail "brew could not install: $*"
}

setup() {
    find_missing
    if [ ${#MISSING[@]} -eq 0 ]; then
        echo "everything needed is installed"
        return
    fi
    if [ "$(uname -s)" = Darwin ]; then
        install_with_brew "${MISSING[@]}"
    else
        install_with_apt "${MISSING[@]}"
    fi
    find_missing
    [ ${#MISSING[@]} -eq 0 ] || fail "installed, but still not found: ${MISSING[*]}"
    echo "installed"
}

cmd_setup() {
    [ $# -eq 0 ] || usage_error "setup takes no arguments"
    setup
}

# --- test and demo ---------------------------------------------------------------------------------------------------

require_swift() { have swift || fail "swift is missing: https://www.swift.org/install"; }

heading() { printf '\n==> [%d s] %s\n' "$SECONDS" "$*"; }

# Runs one step of `test`; the first that fails is the last.
step() {
    heading "$@"
    "$@" || end_test $? "$*"
}

end_test() {
    printf '\ncluster.sh: failed after %d s: %s\n' "$SECONDS" "$2" >&2
    exit "$1"
}

# All redis-servers of this machine as PID:START, one a line.
redis_servers() {
    local file name pid
    if [ -r /proc/self/stat ]; then
        for file in /proc/[0-9]*/comm; do
            { read -r name <"$file"; } 2>/dev/null || continue
            pid=${file#/proc/}
            echo "${pid%/comm} $name"
        done
    else
        ps -axo pid=,comm=
    fi | while read -r pid name; do
        [ "${name##*/}" = redis-server ] || continue
        look_at_process "$pid"
        echo "$pid:$PROCESS_START"
    done
}

# Fails when there are other redis-servers than those of the list BEFORE, and they stay: one that is just stopping gets
# its time.
no_server_left() {
    local deadline=$((SECONDS + STOP_SECONDS)) server left=() still
    for server in $(redis_servers); do
        case $'\n'"$1"$'\n' in
            *$'\n'"$server"$'\n'*) ;;
            *) left+=("$server") ;;
        esac
    done
    while :; do
        still=()
        for server in ${left[@]+"${left[@]}"}; do
            ! same_process "${server%%:*}" "${server#*:}" || still+=("$server")
        done
        [ ${#still[@]} -gt 0 ] || return 0
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "redis-servers that were not there before the tests: pid ${still[*]%%:*}" >&2
            echo "(if something else started them meanwhile, all is well: run this again)" >&2
            return 1
        fi
        sleep 0.2
    done
}

# The tests of pure logic, all at once.
readonly PURE_TESTS='^Redlock(Core|Node|History|Simulation|Bench|Chaos)?Tests\.'

# Those with servers run one after the other: on a small machine dozens of fleets at once answer too late for any timeout.
run_tests() {
    if [ $# -gt 0 ]; then
        heading swift test "$@"
        swift test --skip-build "$@"
        return
    fi
    heading swift test, pure logic
    swift test --skip-build --filter "$PURE_TESTS" || return
    heading swift test, real servers
    swift test --skip-build --no-parallel --skip "$PURE_TESTS" || return
    heading redlock-chaos suite quick, against real servers and client processes
    swift run --skip-build redlock-chaos suite quick || return
    # For its exit status; what a debug build takes says nothing about speed.
    heading redlock-bench --quick, a debug build
    swift run --skip-build redlock-bench --quick
}

cmd_test() {
    local before failed='' status=0
    SECONDS=0
    cd "$ROOT"
    heading setup
    setup
    require_swift
    ! have shellcheck || step shellcheck "$SCRIPT" .ci/run
    step swift format lint --strict --recursive Sources Tests Package.swift
    step swift build --build-tests
    before=$(redis_servers)
    run_tests "$@" || {
        status=$?
        failed='swift test'
    }
    heading no redis-server left behind
    no_server_left "$before" || {
        [ "$status" -ne 0 ] || status=1
        failed+="${failed:+, and }servers are left"
    }
    [ "$status" -eq 0 ] || end_test "$status" "$failed"
    printf '\nall passed in %d s\n' "$SECONDS"
}

# The first port from which on so many are free.
free_ports() {
    local first=$DEMO_PORT count=$1 i
    while [ $((first + count)) -le 65535 ]; do
        for ((i = 0; i < count; i++)); do
            ! port_taken $((first + i)) || break
        done
        if [ "$i" -eq "$count" ]; then
            echo "$first"
            return
        fi
        first=$((first + i + 1))
    done
    fail "no $count free ports in a row from $DEMO_PORT on"
}

DEMO_RUNS=no
SALE_PID=''

# Its whole process group, so that no helper of FlashSale stays: asked first, then killed. Not with SIGINT, which
# everything ignores that was started with `&` by a script.
end_sale() {
    local tick
    kill -TERM -- "-$SALE_PID"
    for ((tick = 0; tick < 10 * STOP_SECONDS; tick++)); do
        kill -0 -- "-$SALE_PID" || break
        sleep 0.1
    done
    kill -KILL -- "-$SALE_PID"
    wait "$SALE_PID"
}

take_down_demo() {
    local state
    [ "$DEMO_RUNS" = yes ] || return 0
    DEMO_RUNS=no
    [ -z "$SALE_PID" ] || end_sale 2>/dev/null
    for state in "$DIR" "$DIR/shop"; do
        [ ! -f "$state/settings" ] || "$SCRIPT" --dir "$state" down || true
    done
}

cmd_demo() {
    local bin port state status=0
    mkdir -p "$DIR" || exit 1
    take_lock "$DIR/demo.lock" 0
    for state in "$DIR" "$DIR/shop"; do
        [ ! -f "$state/settings" ] || fail "there is a cluster in $state; first run: $0 --dir $(printf %q "$state") down"
    done
    setup
    require_swift
    cd "$ROOT"
    swift build --product FlashSale
    bin=$(swift build --show-bin-path)

    port=$(free_ports 6)
    DEMO_RUNS=yes
    # no: a node that is killed comes back empty, which is the harder case and the one the library must be safe in.
    "$SCRIPT" --dir "$DIR" up --nodes 5 --port "$port" --appendonly no
    "$SCRIPT" --dir "$DIR/shop" up --nodes 1 --port $((port + 5))
    eval "$("$SCRIPT" --dir "$DIR" env)"

    hold_signals
    # A process group of its own, and waited for in the background: so a signal to this script alone ends it as well.
    set -m
    "$bin/FlashSale" demo --cluster "$SCRIPT" --dir "$DIR" --shop "redis://127.0.0.1:$((port + 5))" "$@" </dev/null &
    SALE_PID=$!
    set +m
    let_signals_through
    wait "$SALE_PID" || status=$?
    exit "$status"
}

# --- the command line ------------------------------------------------------------------------------------------------

main() {
    local arguments=() verb
    while [ $# -gt 0 ]; do
        case $1 in
            --dir)
                [ $# -ge 2 ] || usage_error "--dir needs a directory"
                DIR=$2
                [ -n "$DIR" ] || usage_error "--dir needs a directory"
                shift
                ;;
            --dir=*)
                DIR=${1#--dir=}
                [ -n "$DIR" ] || usage_error "--dir needs a directory"
                ;;
            -h | --help)
                usage
                return
                ;;
            --)
                shift
                arguments+=("$@")
                break
                ;;
            *) arguments+=("$1") ;;
        esac
        shift
    done
    set -- ${arguments[@]+"${arguments[@]}"}
    verb=${1:-help}
    [ $# -eq 0 ] || shift

    if [ -z "$DIR" ]; then
        DIR=$ROOT/.cluster
        [ "$verb" != demo ] || DIR+=/demo
    fi
    case $DIR in
        /*) ;;
        *) DIR=$PWD/$DIR ;;
    esac
    DIR=${DIR%/}
    [ -n "$DIR" ] || usage_error "--dir / is not a directory of its own"

    trap at_exit EXIT
    let_signals_through
    case $verb in
        help) usage ;;
        setup | up | down | status | env | kill | start | wipe | pause | resume | logs | demo | test) "cmd_$verb" "$@" ;;
        *) usage_error "unknown verb '$verb'" ;;
    esac
}

main "$@"
