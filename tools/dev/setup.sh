# ./dev setup: Debian packages, from the one list. Only what is missing is installed, and nothing is asked.

PACKAGE_LIST=packaging/debian-packages.txt

# packages_of GROUP...: the names in these groups of the list, all groups without an argument
packages_of() {
  awk -v wanted=" $* " '
    { sub(/#.*/, "") }
    /^\[/ { gsub(/[][ ]/, ""); group = $0; next }
    NF && (wanted ~ /^ *$/ ? group != "unpacked" : index(wanted, " " group " ")) { print $1 }' "$PACKAGE_LIST"
}

# missing_of GROUP...: those of them that are not installed
missing_of() {
  local -a names
  mapfile -t names < <(packages_of "$@")
  ((${#names[@]})) || die "no group '$*' in $PACKAGE_LIST"
  command -v dpkg-query >/dev/null || die "this is not Debian; what is needed: ${names[*]} (or their counterparts)"
  dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${names[@]}" 2>/dev/null |
    awk '$2 == "installed" { print $1 }' | sort -u | comm -13 - <(printf '%s\n' "${names[@]}" | sort -u)
}

command_setup() {
  local -a missing
  mapfile -t missing < <(missing_of "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    die "these Debian packages are missing and only root may install them: ${missing[*]}
dev: run: sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # A source of this machine that has nothing to do with us may be down: only the install itself decides.
  apt-get update -q >&2 || say "apt-get update reported an error; going on with what it could read"
  apt-get install -y -q --no-install-recommends "${missing[@]}" </dev/null >&2 ||
    die "apt-get could not install: ${missing[*]} (see above; is a bookworm mirror among the apt sources?)"
}

# unpack_tools: the programs of the group "unpacked" to build/tools, which is on PATH; needs no root. A test that misses one says so.
unpack_tools() {
  local package file scratch
  while read -r package file; do
    [[ ! -x build/tools/${file##*/} ]] || continue
    mkdir -p build/tools
    scratch=$(mktemp -d build/tools/unpacking.XXXXXX)
    if (cd "$scratch" && apt-get download -q "$package" >log 2>&1 && dpkg-deb --fsys-tarfile ./*.deb | tar -x "./$file"); then
      mv "$scratch/$file" build/tools/
    else
      say "could not get ${file##*/} out of Debian's $package: $(tail -n 1 "$scratch/log")"
    fi
    rm -rf "$scratch"
  done < <(sed -n '/^\[unpacked\]/,/^$/{/^[^[]/p}' "$PACKAGE_LIST")
}
