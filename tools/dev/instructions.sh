# ./dev instructions [--update] [name...]: instructions per row and format against test/golden/instructions.json.

command_instructions() {
  command_setup build instructions
  build_preset release encode_bench
  JOBS=$JOBS $PYTHON tools/dev/instructions.py "$@"
}
