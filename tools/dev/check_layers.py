#!/usr/bin/python3
"""Checks that arrows between the folders of src/ point one way, by the #include lines themselves.

A file of src/<folder>/ may include its own folder and those with a lower rank in cmake/library.cmake, and of those only what the folder's
CMakeLists.txt names after USES (directly or through another). Two edges are refused whatever the ranks say: ship knows bytes, not
the schema; decode knows sockets, not rows. Prints one line per offence; exit 1 when there is any.
"""
import pathlib
import re
import sys

REFUSED = {("ship", "schema"): "a destination knows bytes, not what a record is",
           ("decode", "encode"): "reading the kernel's bytes must not depend on how rows are written"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([a-z_]+)/[^"]+"')
RANK = re.compile(r"^set\(XTCP2_RANK_([a-z_]+) (\d+)\)", re.MULTILINE)


def ranks(root):
    found = {name: int(rank) for name, rank in RANK.findall((root / "cmake/library.cmake").read_text())}
    if not found:
        sys.exit("check_layers: no XTCP2_RANK_ lines in cmake/library.cmake")
    return found


def uses(root, folder):
    """The folders that src/<folder>/CMakeLists.txt names after USES, itself included."""
    path = root / "src" / folder / "CMakeLists.txt"
    text = re.sub(r"#.*", "", path.read_text()) if path.exists() else ""
    named = {folder}
    for words in re.findall(r"USES((?:\s+[a-z_]+)*)", text):
        named.update(words.split())
    for libraries in re.findall(r"\bxtcp2_([a-z]+)\b", text):
        named.add(libraries)
    return named


def reachable(direct, folder):
    seen, todo = set(), [folder]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(direct.get(name, ()))
    return seen


def offence(folder, target, rank, allowed):
    if (folder, target) in REFUSED:
        return f"{folder} may not include {target}: {REFUSED[folder, target]}"
    if target != folder and rank[target] >= rank[folder]:
        return f"{folder} (layer {rank[folder]}) may not include {target} (layer {rank[target]}): arrows point to lower layers only"
    if target not in allowed:
        return f"{folder} includes {target} but its CMakeLists.txt does not use it: add {target} after USES"
    return None


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    rank = ranks(root)
    direct = {folder: uses(root, folder) for folder in rank}
    bad = 0
    for path in sorted((root / "src").glob("*/**/*")):
        if path.suffix not in (".h", ".cc", ".c"):
            continue
        folder = path.relative_to(root / "src").parts[0]
        if folder not in rank:
            print(f"{path.relative_to(root)}: src/{folder} has no rank in cmake/library.cmake")
            bad += 1
            continue
        allowed = reachable(direct, folder)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            if match and match[1] in rank and (why := offence(folder, match[1], rank, allowed)):
                print(f"{path.relative_to(root)}:{number}: {why}")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
