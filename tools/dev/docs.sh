# ./dev docs: the pages and .proto files that come from the program's own tables. Their text is compared by a test, so a table that changed
# without this command fails there.

# generate FILE ARGUMENT...: what the program prints; a failure leaves the old file
generate() {
  local file=$1
  shift
  mkdir -p "$(dirname "$file")"
  build/xtcp2 "$@" >"$file.new" || {
    rm -f "$file.new"
    die "build/xtcp2 $* failed; $file is as it was"
  }
  mv "$file.new" "$file"
  echo "$file"
}

command_docs() {
  command_build >/dev/null
  generate docs/flags.md schema flags
  generate docs/record.md schema markdown
  generate docs/migrating.md schema migrating
  generate proto/xtcp_flat_record/v1/xtcp_flat_record.proto schema proto
  generate proto/xtcp_config/v1/xtcp_config.proto schema config-proto
}
