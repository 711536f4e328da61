# Brings Slurm up on the loopback, submits what --emit slurm writes, kills a task between two points, requeues it, and compares bytes with one run.
replications=60 source "$here/../plan.sh"
for program in slurmctld slurmd sbatch scontrol munged munge; do
  PATH=$PATH:/usr/sbin command -v $program >/dev/null || skip "$program is not installed (tools/install-packages all)"
done
PATH=$PATH:/usr/sbin
host=$(hostname -s) user=$(id -un)
getent hosts "$host" >/dev/null || skip "the host's name \"$host\" does not resolve, and Slurm needs it"

# Everything lies in this folder; nothing of an installed Slurm is touched.
daemons=()
stop_daemons() { for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done; wait "${daemons[@]}" 2>/dev/null || true; }
trap stop_daemons EXIT
mkdir -m 700 munge && mkdir state spool
(umask 077; head -c 1024 /dev/urandom > munge/key)
munged --foreground --force --key-file="$PWD/munge/key" --socket="$PWD/munge/socket" --pid-file="$PWD/munge/pid" \
  --log-file="$PWD/munge/log" --seed-file="$PWD/munge/seed" >munge/out 2>&1 & daemons+=($!)
port=$((20000 + $$ % 20000))
cat > slurm.conf <<X
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$PWD/munge/socket
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/spool
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmdPidFile=$PWD/slurmd.pid
SlurmctldLogFile=$PWD/slurmctld.log
SlurmdLogFile=$PWD/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$PWD/completed
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
KillWait=1
MaxArraySize=1001
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
X
export SLURM_CONF=$PWD/slurm.conf
# until SECONDS COMMAND...: waits for it to succeed
until_true() { local end=$((SECONDS + $1)); shift; until "$@" >/dev/null 2>&1; do ((SECONDS < end)) || return 1; sleep 0.2; done; }
until_true 10 munge -S "$PWD/munge/socket" -n || skip "munged does not start: $(tail -n 2 munge/out munge/log)"
slurmctld -D -i -f slurm.conf >slurmctld.out 2>&1 & daemons+=($!)
slurmd -D -f slurm.conf >slurmd.out 2>&1 & daemons+=($!)
node_is_up() { sinfo -h -o %T | grep -Eq '^(idle|mixed|allocated)$'; }
until_true 30 node_is_up || skip "no node comes up: $(tail -n 3 slurmctld.out slurmd.out)"

run sweep plan.json --out many --emit slurm --shards 8
cp stdout submit.sh
sh submit.sh >submitted
[[ $(cat submitted) =~ ^array\ ([0-9]+),\ merge\ ([0-9]+)$ ]] || fail "$(cat submitted)"
array=${BASH_REMATCH[1]} merge=${BASH_REMATCH[2]}

# Task 3 is stopped once it has a point and is not done, so that the end that Slurm asks for does not come and SIGKILL follows.
is_under_way() { [[ -e many.parts/p000002.part && ! -e many.parts/p000018.part ]]; }
until_true 180 is_under_way || fail "task 3 is nowhere between its first and its last point: $(ls many.parts; squeue; tail -n 5 slurm-*)"
victim=$(pgrep -f "^$headroom sweep .*--shard 3/8") || fail "no process of task 3"
kill -STOP $victim
[[ ! -e many.parts/p000018.part ]] || fail "task 3 was too fast to be killed"
scontrol requeue "${array}_3"
until_true 30 bash -c "! kill -0 $victim" || fail "Slurm did not kill the task"
release() { scontrol update "JobId=${array}_3" StartTime=now; [[ -e many.parts/p000018.part ]]; }
until_true 180 release || fail "the task did not run again: $(scontrol show job "${array}_3")"

is_over() { ! squeue -h -j "$merge" | grep -q .; }
until_true 240 is_over || fail "the merge does not end: $(squeue)"
scontrol show job "$merge" | grep -q 'JobState=COMPLETED.*' || fail "$(scontrol show job "$merge"; cat slurm-*)"
scontrol show job "${array}_3" | grep -q 'Restarts=1' || fail "task 3 was not started twice"
diff -r one many || fail "eight shards under Slurm differ from one run"
echo "8 tasks, one of them killed and requeued: the bytes of one run"
