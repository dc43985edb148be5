# ./dev build, and what the other commands build with.

# configure_preset PRESET: anew only when a CMake file, or the list of sources, changed
configure_preset() {
  if [[ -f build/$1/build.ninja ]]; then
    ninja -C "build/$1" --quiet build.ninja >&2
  else
    cmake --preset "$1" --log-level=NOTICE >&2
  fi
}

# build_preset PRESET [TARGET...]: configure when needed and build; everything goes to standard error
build_preset() {
  local preset=$1
  shift
  mkdir -p build
  (
    flock 9 # two builds of one folder at once would spoil each other
    configure_preset "$preset" && cmake --build "build/$preset" -j "$JOBS" ${1:+--target "$@"}
  ) 9>"build/.$preset.lock" >&2
}

# targets_of PRESET SUFFIX: the programs of a configured build whose names end so, as in base_test
targets_of() {
  ninja -C "build/$1" -t targets all | sed -n "s/^\([A-Za-z0-9_]*_$2\): phony\$/\1/p" | grep -v '^cmake_' | sort -u
}


link_binary() {
  [[ -x build/release/src/app/xtcp2 ]] || return 1
  ln -sfn release/src/app/xtcp2 build/xtcp2
}

command_build() {
  command_setup build
  build_preset release
  link_binary || die "the build made no build/release/src/app/xtcp2"
  echo build/xtcp2
}
