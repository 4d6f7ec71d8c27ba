#!/usr/bin/env bash
# The workflow on a one-machine Slurm cluster: installs Debian's Slurm and munge, starts both, runs a small
# study through sbatch with profiles/slurm, and stops what it started. Needs root and apt; run it in a container.
#
#   tests/slurm/trial.sh /tmp/trial      # the folder is made; the log is in /tmp/trial/log.txt
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:?the folder to work in}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
exec > >(tee "$folder/log.txt") 2>&1

echo "== install"
apt-get -qq update > /dev/null
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y slurm-wlm munge > /dev/null
dpkg-query --show slurm-wlm munge

echo "== start"
host=$(hostname -s)
cores=$(nproc)
memory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
mkdir -p "$folder/state" "$folder/spool" /run/munge
[ -s /etc/munge/munge.key ] || /usr/sbin/mungekey --create
chown -R munge: /run/munge /etc/munge
configuration=/etc/slurm/slurm.conf # not SLURM_CONF: jobs do not inherit it
[ ! -e $configuration ] || { echo "$configuration is there already: this machine has a cluster of its own"; exit 1; }
cat > $configuration << CONF
ClusterName=trial
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MinJobAge=3600
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores RealMemory=$memory State=UNKNOWN
PartitionName=cpu Nodes=$host Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=$host MaxTime=INFINITE State=UP
CONF

started=()
stop() {
    echo "== stop"
    scancel --user "$(whoami)" 2> /dev/null || true
    [ "${#started[@]}" -eq 0 ] || kill "${started[@]}" 2> /dev/null || true
    rm -f $configuration
}
trap stop EXIT
runuser -u munge -- /usr/sbin/munged --foreground --force & started+=($!)
sleep 2
slurmctld -D > /dev/null 2>&1 & started+=($!)
slurmd -D > /dev/null 2>&1 & started+=($!)
for _ in $(seq 30); do
    sinfo --noheader --format %T | grep -q idle && break
    sleep 2
done
sinfo

echo "== install the project into its own environment"
mkdir -p "$folder/project"
(cd "$here" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$folder/project")
cd "$folder/project"
make --silent .venv/bin/.installed > "$folder/install.log" 2>&1
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-slurm.txt
export PATH=$folder/project/.venv/bin:$PATH

echo "== run"
# No GPU here, so no job may request one as the profile does.
no_cards=(finetune_run:gpu=0 fit_frozen:gpu=0 extract_activations:gpu=0 measure_trainability:gpu=0)
small=(slurm_partition=cpu mem_mb=3000 runtime=30)
arguments=(--profile profiles/default --workflow-profile profiles/slurm --configfile tests/slurm/study.yaml --set-resources "${no_cards[@]}"
    --default-resources "${small[@]}" --slurm-no-account --slurm-status-command squeue --slurm-init-seconds-before-status-checks 5
    --latency-wait 5)
time snakemake "${arguments[@]}"

echo "== what Slurm did"
squeue --states all --format "%.6i %.40j %.10P %.8T %.10M %.4C %.8m"
test -s results/slurm-trial/report.html
echo "== a second run has nothing to do"
snakemake "${arguments[@]}" 2>&1 | tee "$folder/second.txt"
grep -q "Nothing to be done" "$folder/second.txt"
echo "the trial succeeded"
