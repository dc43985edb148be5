# ./dev run [flags]: the main job. Only the daemon writes to standard output.

command_run() {
  command_build >/dev/null
  exec build/xtcp2 "$@"
}
