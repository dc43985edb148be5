# ./dev test: every stage in a process of its own, so that one that fails hides no other; the counts are added up at the end.

QUICK_STAGES=(build unit lint)
ALL_STAGES=(build unit system lint asan tsan fuzz kernels)
COUNTS=build/reports/counts # one line a stage: passed failed skipped

# run_ctest PRESET LABEL JOBS REPORT [ctest arguments...]: tests of one label; the cases are counted, not the programs
run_ctest() {
  local preset=$1 label=$2 jobs=$3 report=$ROOT/build/reports/$4
  shift 4
  rm -rf "$report"
  mkdir -p "$report"
  local status=0
  XTCP2_REPORT_DIR=$report GTEST_OUTPUT=xml:$report/ ctest --test-dir "build/$preset" -L "^$label\$" -j "$jobs" \
    --no-tests=error --output-on-failure --timeout 900 --output-junit "$report/ctest.junit" "$@" >"$report/ctest.log" 2>&1 || status=$?
  $PYTHON tools/dev/tally.py "$report" --counts "$COUNTS" || status=1
  if ((status != 0)); then cat "$report/ctest.log"; fi
  return "$status"
}

stage_build() {
  build_preset release
  link_binary || say "no build/release/src/app/xtcp2 yet"
}

stage_unit() { run_ctest release unit "$JOBS" unit; }

# Whole-daemon tests measure and make namespaces: one at a time.
stage_system() { run_ctest release system 1 system; }

stage_lint() {
  source tools/dev/lint.sh
  run_lint
}

# sanitized PRESET [PATTERN]: the unit tests (those whose names match), built with that sanitizer
sanitized() {
  local pattern=${2:-.}
  local -a targets
  configure_preset "$1"
  mapfile -t targets < <(targets_of "$1" test | grep -E "$pattern")
  build_preset "$1" "${targets[@]}"
  run_ctest "$1" unit "$JOBS" "$1" -R "$pattern"
}

stage_asan() {
  export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
  sanitized asan
}

stage_tsan() {
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
  # Its own threads block every signal and refuse user namespaces; the unit stage runs these.
  export GTEST_FILTER='-CapabilitiesDrop.FiveConfigurationsAreLeftWithTheDocumentedSet:CapabilitiesDrop.AThreadThatRefusesIsNamed:CapabilitiesNetns.AlsoThoseThatBelongToAnotherUserNamespace'
  sanitized tsan '^(base|uring|collect|ledger|daemon|ship|serve)_test$' || return # the others start no thread
  # The whole pipeline in one process: the daemon itself, with many namespaces and sockets, by both ways to collect.
  unset GTEST_FILTER
  build_preset tsan xtcp2
  run_ctest tsan system 1 tsan-pipeline -R '^daemon_completeness_(test|ring)$'
}

stage_fuzz() {
  source tools/dev/fuzz.sh
  run_fuzzers 10
}

stage_kernels() {
  source tools/dev/kernels.sh
  run_kernels
}

# group_of STAGE: the group of packages that it needs beside those of building and testing
group_of() {
  case $1 in
    lint | fuzz | kernels) echo "$1" ;;
    *) echo build ;;
  esac
}

# skip_stage NAME: without root, a stage whose packages are missing is skipped, with the reason
skip_stage() {
  local -a missing
  ((EUID != 0)) || return 1
  mapfile -t missing < <(missing_of "$(group_of "$1")")
  ((${#missing[@]})) || return 1
  echo "skipped: $1: not root, and these packages are missing: ${missing[*]}"
  echo "0 0 1" >>"$COUNTS"
}

# run_stage NAME: runs it, prints its time; a stage that fails without having counted a failure counts as one
run_stage() {
  local started=$SECONDS before after
  if skip_stage "$1"; then return; fi
  say "$1"
  before=$(failures)
  if bash "$ROOT/dev" stage "$1"; then
    say "$1 passed in $(seconds_since "$started") s"
  else
    after=$(failures)
    if ((after == before)); then echo "0 1 0" >>"$COUNTS"; fi
    say "$1 FAILED after $(seconds_since "$started") s"
    failed_stages+=("$1")
  fi
}

failures() { awk '{ n += $2 } END { print n + 0 }' "$COUNTS"; }

command_test() {
  local -a stages=("$@") failed_stages=() groups=(build test)
  if (($# == 0)); then stages=("${ALL_STAGES[@]}"); fi
  if [[ ${1:-} == --quick ]]; then stages=("${QUICK_STAGES[@]}"); fi
  # What most stages look at has to be of this minute.
  if [[ " ${stages[*]} " =~ \ (unit|system|lint|kernels)\  && " ${stages[*]} " != *" build "* ]]; then stages=(build "${stages[@]}"); fi
  local stage
  for stage in "${stages[@]}"; do
    [[ " ${ALL_STAGES[*]} " == *" $stage "* ]] || die "no stage '$stage'; there are: ${ALL_STAGES[*]}"
    if ((EUID == 0)); then groups+=("$(group_of "$stage")"); fi
  done
  command_setup "${groups[@]}"
  unpack_tools
  mkdir -p build/reports
  : >"$COUNTS"
  for stage in "${stages[@]}"; do run_stage "$stage"; done
  say "all stages took $SECONDS s${failed_stages[*]:+; FAILED: ${failed_stages[*]}}"
  awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$COUNTS"
  ((${#failed_stages[@]} == 0))
}
