# ./dev coverage: which lines of src/ the unit tests reach.

command_coverage() {
  local -a targets
  source tools/dev/test.sh
  command_setup build coverage test
  configure_preset coverage
  mapfile -t targets < <(targets_of coverage test)
  build_preset coverage "${targets[@]}"
  find build/coverage -name '*.gcda' -delete # counts of an earlier run would be added to
  COUNTS=build/reports/coverage-counts
  mkdir -p build/reports build/coverage/report
  run_ctest coverage unit "$JOBS" coverage
  gcovr --root . --filter 'src/' --exclude '.*_(test|bench|fuzz)\.cc' --exclude-unreachable-branches -j "$JOBS" \
    --html-details build/coverage/report/index.html --print-summary build/coverage
  echo build/coverage/report/index.html
}
