# ./dev fuzz [seconds]: every x_fuzz.cc, each that long. Seeds come from test/corpus/<fuzzer>/, when there are any; what a run
# learns stays in build/fuzz/corpus/<fuzzer>/, and an input that crashes in build/fuzz/crashes/.

fuzz_one() {
  local fuzzer=$1 seconds=$2 folder=build/fuzz/corpus/$1
  mkdir -p "$folder" build/fuzz/crashes
  local -a seeds=()
  if [[ -d test/corpus/$fuzzer ]]; then seeds=("test/corpus/$fuzzer"); fi
  if build/fuzz/fuzz/"$fuzzer" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crashes/$fuzzer-" "$folder" "${seeds[@]}" >"build/fuzz/$fuzzer.log" 2>&1; then
    awk -v name="$fuzzer" '/^stat::number_of_executed_units/ { runs = $2 } END { print "fuzz: " name ": " runs " runs, nothing found" }' \
      "build/fuzz/$fuzzer.log"
  else
    tail -n 60 "build/fuzz/$fuzzer.log"
    echo "fuzz: $fuzzer FAILED; again: build/fuzz/fuzz/$fuzzer build/fuzz/crashes/$fuzzer-<hash>"
    return 1
  fi
}

# run_fuzzers SECONDS: builds and runs them, as many at once as there are jobs; one count each
run_fuzzers() {
  local -a fuzzers
  configure_preset fuzz
  mapfile -t fuzzers < <(targets_of fuzz fuzz)
  ((${#fuzzers[@]})) || die "no x_fuzz.cc in src/"
  build_preset fuzz "${fuzzers[@]}"
  local failed
  export -f fuzz_one
  # xargs gives one line back per failure (its own exit code only says that there was one)
  failed=$(printf '%s\n' "${fuzzers[@]}" |
    xargs -P "$JOBS" -I{} bash -c "fuzz_one {} $1 >&2 || echo failed" | wc -l)
  if [[ -n ${COUNTS:-} ]]; then echo "$((${#fuzzers[@]} - failed)) $failed 0" >>"$COUNTS"; fi
  ((failed == 0))
}

command_fuzz() {
  command_setup build fuzz
  run_fuzzers "${1:-60}"
}
