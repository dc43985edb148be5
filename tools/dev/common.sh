# Shared by all commands of ./dev; sourced, with ROOT set and the repository's root as working directory.

JOBS=${JOBS:-$(nproc)}
# The system's own interpreter: Debian's python3-* packages belong to it, whatever else is first on PATH.
export PYTHON=/usr/bin/python3

# Programs that were only unpacked (setup.sh).
PATH=$ROOT/build/tools:$PATH

# Captures of other kernels may lie beside the checkout; tests that need them skip with a word when they do not.
if [[ -z ${XTCP2_FIXTURES:-} && -d $ROOT/../shared/fixtures ]]; then
  XTCP2_FIXTURES=$(cd "$ROOT/../shared/fixtures" && pwd)
  export XTCP2_FIXTURES
fi

say() { printf '== %s\n' "$*" >&2; }

die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# seconds_since START: whole seconds, for the line that ends a stage
seconds_since() { echo $((SECONDS - $1)); }
