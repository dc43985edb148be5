# ./dev kernels [guest...]: boots Debian's kernels of these releases in qemu (software emulation, no KVM asked for) and runs the unit tests and
# test/kernels/tests.list in each. Packages and images stay in build/kernels/<release>/, what the console said in build/kernels/<release>.log.

# A guest is a release, or a release with "-lockdown": booted with lockdown=confidentiality, which forbids BPF most of its reading, for the
# tests whose name begins with walk_.
KERNEL_GUESTS=(6.1 6.12 6.12-lockdown)
GUEST_MODULES=inet_diag,tcp_diag,udp_diag,unix_diag,tcp_bbr,tcp_dctcp,tcp_vegas,tcp_yeah,tcp_westwood,tcp_illinois,tcp_htcp,veth,dummy,sch_netem,sch_fq,tls
GUEST_TIMEOUT=${GUEST_TIMEOUT:-1500} # seconds for one guest; a hung one is ended then

# kernel_package RELEASE: the newest of Debian's cloud kernels of that release
kernel_package() {
  apt-cache search --names-only "^linux-image-${1//./\\.}\\.[0-9].*-cloud-amd64\$" | awk '{ print $1 }' | sort -V | tail -n 1
}

# fetch_kernel RELEASE: unpacks it once to build/kernels/RELEASE/tree; says what is in the way otherwise
fetch_kernel() {
  local folder=build/kernels/$1 package
  [[ ! -d $folder/tree ]] || return 0
  package=$(kernel_package "$1")
  if [[ -z $package ]] && ((EUID == 0)); then
    apt-get update -q >&2 || true
    package=$(kernel_package "$1")
  fi
  [[ -n $package ]] || { echo "apt knows no linux-image-$1.*-cloud-amd64 (as root: apt-get update)" && return 1; }
  rm -rf "$folder" && mkdir -p "$folder"
  (cd "$folder" && apt-get download -q "$package" >fetch.log 2>&1) || { cat "$folder/fetch.log" && return 1; }
  dpkg-deb -x "$folder"/*.deb "$folder/unpacking" && mv "$folder/unpacking" "$folder/tree" && rm "$folder"/*.deb
}

# guest_tests: the list for the guest: the unit tests of the release build, then those of test/kernels/tests.list; with GUEST_TESTS only
# those whose name it matches (a regular expression)
guest_tests() {
  local test
  {
    for test in "$@"; do echo "${test##*/} 600 $ROOT $test"; done
    sed -e '/^#/d; /^$/d' -e "s|^\\([^ ]* [^ ]*\\) |\\1 $ROOT |" -e "s|\\\$BUILD|$ROOT/build/release|g" test/kernels/tests.list
  } | { grep -E "^(${GUEST_TESTS:-.*}) " || true; }
}

# boot_guest GUEST: an initramfs of the moment, and the guest with it until it switches itself off
boot_guest() {
  local folder=build/kernels/$1 tree=build/kernels/${1%-lockdown}/tree more="" version tests tool
  if [[ $1 == *-lockdown ]]; then local GUEST_TESTS=${GUEST_TESTS:-walk_.*} more=lockdown=confidentiality; fi
  mkdir -p "$folder"
  version=$(basename "$tree"/lib/modules/*)
  local -a programs=()
  mapfile -t tests < <(find "$ROOT/build/release/src" -name '*_test' -type f -perm -100 | sort)
  for tool in ip ss tc bash openssl; do
    tool=$(PATH=$PATH:/usr/sbin:/sbin command -v "$tool") && programs+=(--program "$tool")
  done
  for tool in "${tests[@]}" build/release/test/filter/filter_ss_test build/release/test/walk/walk_* build/release/test/ledger/ledger_churn_test \
    build/release/src/app/xtcp2; do
    if [[ -x $tool ]]; then programs+=(--program "$(realpath "$tool")"); fi
  done
  if [[ -n ${XTCP2_FIXTURES:-} ]]; then programs+=(--tree "$XTCP2_FIXTURES"); fi
  guest_tests "${tests[@]}" >"$folder/tests"
  tools/dev/initramfs.py --kernel "$tree" --release "$version" --modules "$GUEST_MODULES" --tests "$folder/tests" \
    --out "$folder/initrd" "${programs[@]}" || return
  timeout --kill-after=10 "$GUEST_TIMEOUT" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 2048 -smp 2 \
    -kernel "$tree"/boot/vmlinuz-* -initrd "$folder/initrd" -append "console=ttyS0 panic=-1 oops=panic quiet $more ${XTCP2_FIXTURES:+XTCP2_FIXTURES=$XTCP2_FIXTURES}" \
    -display none -monitor none -serial stdio -no-reboot -nic none </dev/null >"build/kernels/$1.log" 2>"build/kernels/$1.qemu.log"
}

# run_kernels [guest...]: the guests run at the same time; each is mostly single-threaded
run_kernels() {
  local release status=0 why started=$SECONDS
  local -a releases=("$@") guests=() booted=()
  if (($# == 0)); then releases=("${KERNEL_GUESTS[@]}"); fi
  mkdir -p build/kernels
  for release in "${releases[@]}"; do
    if ! why=$(fetch_kernel "${release%-lockdown}"); then
      echo "skipped: kernel $release: $why"
      echo "0 0 1" >>"${COUNTS:-/dev/null}"
      continue
    fi
    boot_guest "$release" &
    guests+=($!) booted+=("$release")
  done
  if ((${#guests[@]})); then wait "${guests[@]}" || true; fi
  for release in "${booted[@]}"; do
    tools/dev/guest_report.py "$release" "build/kernels/$release.log" "build/kernels/$release/tests" --counts "${COUNTS:-/dev/null}" ||
      status=1
  done
  say "kernels: ${booted[*]:-none} took $(seconds_since "$started") s"
  return "$status"
}

command_kernels() {
  command_setup build kernels
  build_preset release
  run_kernels "$@"
}
