# ./dev bench [regex]: the micro-benchmarks, one program after the other so that they do not disturb each other.

command_bench() {
  local -a benches
  command_setup build
  configure_preset release
  mapfile -t benches < <(targets_of release bench | grep -E "${1:-.}")
  ((${#benches[@]})) || die "no benchmark program matches '${1:-.}'"
  build_preset release "${benches[@]}"
  local bench
  for bench in "${benches[@]}"; do
    say "$bench"
    "build/release/src/${bench%_bench}/$bench" --benchmark_counters_tabular=true
  done
}
