# ./dev lint: what a reviewer should not have to look for.

# sources_in_git PATTERN...: tracked files that still exist
sources_in_git() { git ls-files -z -- "$@" | xargs -0 -r ls -d 2>/dev/null; }

check_format() { sources_in_git 'src/**.h' 'src/**.cc' 'tools/**.h' 'tools/**.cc' 'test/**.h' 'test/**.cc' | xargs -r clang-format-19 --dry-run -Werror; }

check_layers() { tools/dev/check_layers.py; }

check_uring() { tools/dev/check_uring.py; }

check_tidy() { tools/dev/tidy.py build/release --jobs "$JOBS"; }

check_shell() { (echo dev; sources_in_git .ci/run '*.sh') | xargs shellcheck --shell=bash --severity=warning -x; }

check_python() { sources_in_git '*.py' | xargs -r $PYTHON -c 'import ast, sys
for path in sys.argv[1:]: ast.parse(open(path).read(), path)'; }

# run_lint: every check, also after one that failed; one count each
run_lint() {
  local check passed=0 failed=0 started
  for check in check_format check_layers check_uring check_shell check_python check_tidy; do
    started=$SECONDS
    if "$check" >&2; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      say "lint: $check FAILED"
    fi
    say "lint: $check took $(seconds_since "$started") s"
  done
  if [[ -n ${COUNTS:-} ]]; then echo "$passed $failed 0" >>"$COUNTS"; fi
  ((failed == 0))
}

command_lint() {
  command_setup build lint
  # clang-tidy reads the headers that a build generates (version stamp, protobuf), and the compile commands.
  build_preset release || say "the build failed; clang-tidy will stumble over the same place"
  run_lint
}
