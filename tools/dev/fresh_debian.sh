#!/bin/bash
# ./dev fresh [test arguments]: the README's two commands in a new, minimal Debian 12, as somebody would meet them who has nothing but git and this repository.
# Makes a chroot in build/fresh by debootstrap from this machine's own apt sources, clones HEAD into it, runs `./dev run` for one poll and `./dev test`. Root only.
# The chroot has its own mount namespace, with /proc, /sys, /dev and /run of its own or of this machine, so all stages work in it, other kernels too; when the
# script ends, however it ends, so do the mounts and whatever still runs in there. KEEP=1 keeps the folder. Captures (XTCP2_FIXTURES) go along, read-only.
set -euo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
cd "$ROOT"
source tools/dev/common.sh
FRESH=$ROOT/build/fresh

((EUID == 0)) || die "makes a chroot with mounts: run as root"
if ! command -v debootstrap >/dev/null; then
  apt-get update -q >&2 || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends debootstrap </dev/null >&2
fi

# In a mount and process namespace of its own, everything below ends with it.
if [[ -z ${XTCP2_FRESH_INSIDE:-} ]]; then
  exec env XTCP2_FRESH_INSIDE=1 unshare --mount --propagation private --pid --fork --kill-child "$0" "$@"
fi

# The mirror of the suite itself (not security, not updates) as apt here is told.
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(ORIGIN)' "Created-By: Packages" |
  awk '$2 == "bookworm" && /Debian/ { print $1; exit }')
[[ -n $mirror ]] || die "no bookworm suite of Debian in the apt sources of this machine"

rm -rf --one-file-system "$FRESH"
mkdir -p "$FRESH"
say "debootstrap of a minimal Debian 12"
debootstrap --variant=minbase --include=git,ca-certificates bookworm "$FRESH" "$mirror" >"$ROOT/build/fresh.debootstrap.log" 2>&1 ||
  { tail -n 20 "$ROOT/build/fresh.debootstrap.log" && die "debootstrap failed"; }

# The same sources as here, those of other projects left out; the same way to reach them.
for suite in bookworm bookworm-updates bookworm-security; do
  apt-get indextargets --format '$(SITE) $(RELEASE) $(ORIGIN)' "Created-By: Packages" |
    awk -v suite="$suite" '$2 == suite && /Debian/ { print "deb " $1 " " suite " main"; exit }'
done >"$FRESH/etc/apt/sources.list"
apt-config dump | grep -E '^Acquire::(https?::)?(Proxy|CaInfo|Verify)' >"$FRESH/etc/apt/apt.conf.d/90host" || true
cp -L /etc/resolv.conf "$FRESH/etc/resolv.conf"
grep -q "$(hostname)" "$FRESH/etc/hosts" 2>/dev/null || printf '127.0.0.1 localhost %s\n::1 localhost\n' "$(hostname)" >"$FRESH/etc/hosts"

mount --bind "$FRESH" "$FRESH" # a root has to be a mount
mount -t proc proc "$FRESH/proc"
mount --rbind /sys "$FRESH/sys"
mount --rbind /dev "$FRESH/dev"
mount -t tmpfs -o mode=0755 tmpfs "$FRESH/run"
mkdir -p "$FRESH/srv/shared"
if [[ -n ${XTCP2_FIXTURES:-} ]]; then
  mkdir "$FRESH/srv/shared/fixtures"
  mount --bind -o ro "$XTCP2_FIXTURES" "$FRESH/srv/shared/fixtures"
fi

git clone -q "$ROOT" "$FRESH/srv/xtcp2"
# The new system is the root of a mount namespace of its own and not a chroot, in which the kernel makes no user namespaces: some tests make
# them. Nothing of this shell's environment goes along: a fresh machine has none of it.
inside() {
  env -i HOME=/home PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 FRESH="$FRESH" COMMAND="$*" \
    unshare --mount --propagation private bash -c '
      cd "$FRESH" && mkdir -p .old && pivot_root . .old && exec chroot . bash -c "umount -l /.old && cd /srv/xtcp2 && $COMMAND"' </dev/null
}

say "./dev run, for one poll"
inside ./dev run -maxLoops 1 >"$ROOT/build/fresh.run.log"
rows=$(wc -l <"$ROOT/build/fresh.run.log")
((rows > 0)) || die "./dev run printed no sockets"
say "./dev run printed $rows sockets, $SECONDS s after the beginning"

say "./dev test $*"
status=0
inside ./dev test "$@" | tee "$ROOT/build/fresh.test.log" || status=$?
say "./dev test ended with $status, $SECONDS s after the beginning"
umount -R "$FRESH/srv/shared/fixtures" 2>/dev/null || true
umount -R "$FRESH"
if [[ -z ${KEEP:-} ]]; then rm -rf --one-file-system "$FRESH"; fi
exit "$status"
