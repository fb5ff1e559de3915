# A Slurm of two nodes on this host, in a folder of its own: for tests. To be sourced by bash; whoever
# does calls cluster_stop when it exits. Needs slurmctld, slurmd, slurm-client, munge; no root.
#
# The daemons are children of the shell, so that it reaps them. All that belongs to the cluster, a
# job's processes too, has its SLURM_CONF in its environment: that is how leftovers are found.

# cluster_start FOLDER: others must be able to enter what it is in.
cluster_start() {
    cluster=$1
    export SLURM_CONF=$cluster/slurm.conf
    local host user
    host=$(hostname -s) user=$(id -un)
    mkdir -p "$cluster"/{state,log,spool,munge}
    # munged refuses a socket that others cannot come near to.
    chmod 711 "$cluster" "$cluster/munge"
    (umask 077; head -c 1024 /dev/urandom >"$cluster/munge/key")
    # Ports of our own, below those that the system hands out.
    local port=$((17000 + $$ % 4000 * 3))
    cat >"$SLURM_CONF" <<CONF
ClusterName=local
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$port
SlurmctldPidFile=$cluster/log/slurmctld.pid
SlurmctldLogFile=$cluster/log/slurmctld.log
SlurmdPidFile=$cluster/log/slurmd-%n.pid
SlurmdLogFile=$cluster/log/slurmd-%n.log
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket=$cluster/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
SlurmdParameters=config_overrides
SlurmdTimeout=10
KillWait=2
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool/%n
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    munged --foreground --key-file="$cluster/munge/key" --socket="$cluster/munge/socket" \
        --pid-file="$cluster/munge/pid" --seed-file="$cluster/munge/seed" \
        --log-file="$cluster/munge/log" >"$cluster/log/munged.out" 2>&1 &
    munged=$!
    wait_for 100 test -S "$cluster/munge/socket" || return 1
    slurmctld -D -c >"$cluster/log/slurmctld.out" 2>&1 &
    controller=$!
    node_start n1
    node_start n2
    wait_for 300 nodes_are_up
}

# node_start NAME
node_start() {
    slurmd -D -N "$1" >>"$cluster/log/slurmd-$1.out" 2>&1 &
    printf -v "node_$1" '%s' $!
}

# node_lose NAME: its daemon and all that runs on it die at once, as when the power fails.
node_lose() {
    local daemon="node_$1" process on_it
    kill -KILL "${!daemon}"
    # What is just becoming another program shows no environment: so until there is none.
    while on_it=$(processes "SLURMD_NODENAME=$1") && [ -n "$on_it" ]; do
        for process in $on_it; do
            # Above a job's process is the one of Slurm that watches over it, and would tell.
            kill_if slurmstepd "$(awk '$1 == "PPid:" { print $2 }' "/proc/$process/status" 2>/dev/null)"
            kill -KILL "$process" 2>/dev/null || true
        done
        sleep 0.1
    done
    # The shell tells of children that were killed.
    wait "${!daemon}" 2>/dev/null || true
}

# kill_if NAME PROCESS
kill_if() { [ "$(cat "/proc/$2/comm" 2>/dev/null)" != "$1" ] || kill -KILL "$2" 2>/dev/null || true; }

nodes_are_up() { [ "$(sinfo --noheader --Node --format=%t 2>/dev/null | sort -u)" = idle ]; }

# processes VARIABLE=VALUE...: those of this cluster that have these in their environment.
processes() {
    local environment process of
    for environment in /proc/[0-9]*/environ; do
        process=${environment#/proc/} process=${process%/environ}
        [ "$process" != $$ ] && [ "$process" != "$BASHPID" ] || continue
        for of in "SLURM_CONF=$SLURM_CONF" "$@"; do
            grep -qzxF -- "$of" "$environment" 2>/dev/null || continue 2
        done
        echo "$process"
    done
}

# cluster_stop: stops what was started, and waits until it is gone.
cluster_stop() {
    [ -n "${cluster:-}" ] || return 0
    local daemon process
    scancel --user="$(id -un)" 2>/dev/null || true
    for daemon in "${node_n1:-}" "${node_n2:-}" "${controller:-}" "${munged:-}"; do
        [ -n "$daemon" ] || continue
        kill -TERM "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    done
    for process in $(processes); do
        kill -KILL "$process" 2>/dev/null || true
    done
    cluster=
}

# wait_for TENTHS COMMAND...: until it succeeds, so many tenths of a second at most.
wait_for() {
    local left=$1
    shift
    until "$@"; do
        [ $((left -= 1)) -gt 0 ] || return 1
        sleep 0.1
    done
}
