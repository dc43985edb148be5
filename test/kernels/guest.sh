#!/bin/busybox sh
# The first process of a guest that ./dev kernels boots: sets the machine up, runs the list in /tests, switches it off.
# A line of /tests is "name timeout_s folder command"; exit code 77 means "cannot run here". What the host reads on the console:
#   ##test NAME passed|failed|skipped SECONDS      and, at the very end,      ##done

busybox=/bin/busybox
export PATH=/usr/sbin:/usr/bin HOME=/root PYTHONDONTWRITEBYTECODE=1 XTCP2_EMULATED=1 GTEST_BRIEF=1 GTEST_COLOR=no
# These need big programs of the host's and nothing of the kernel's.
export GTEST_FILTER='-*.PromtoolFindsNothing:*.TsharkReadsIt'
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t devtmpfs devtmpfs /dev
$busybox --install -s /usr/bin 2>/dev/null # leaves alone what is there already
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mkdir -p /run/netns
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -sf /proc/self/fd /dev/fd
ip link set lo up
ulimit -n 20000
echo "##kernel $(uname -r)"

while read -r name timeout_s folder command; do
  case $name in '' | \#*) continue ;; esac
  echo "##start $name"
  started=$(date +%s)
  cd "$folder" || cd /
  timeout -k 5 "$timeout_s" sh -c "$command" </dev/null 2>&1
  case $? in
    0) verdict=passed ;;
    77) verdict=skipped ;;
    *) verdict=failed ;;
  esac
  echo
  echo "##test $name $verdict $(($(date +%s) - started))"
done </tests

echo "##done"
poweroff -f
