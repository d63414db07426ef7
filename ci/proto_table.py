#!/usr/bin/env python3
"""Make the table of controller messages that crate pillar-proto embeds.

usage: ci/proto_table.py [--check]

Reads fixtures/eve-api/{fields,enums}.tsv, writes pillar-core/proto/src/table/eve-api.txt; with --check
only says whether that file is up to date. The format is described in pillar-core/proto/src/table/parse.rs.
"""
import csv
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "fixtures/eve-api"
TARGET = ROOT / "pillar-core/proto/src/table/eve-api.txt"
PREFIX = "org.lfedge.eve."
TIMESTAMP = "google.protobuf.Timestamp"

SCALARS = {
    "string": "s", "bytes": "y", "bool": "b", "int32": "i", "sint32": "z", "uint32": "u",
    "int64": "I", "uint64": "U", "float": "f", "double": "d",
}


def rows(name):
    with open(SOURCE / name, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def default_json_name(name):
    return re.sub(r"_+(.)", lambda m: m[1].upper(), name)


def type_code(name, package):
    """Scalars are one letter; types are named, those of the same package from the dot on."""
    if map_type := re.fullmatch(r"map<(\w+),(.+)>", name):
        return f"<{type_code(map_type[1], package)}>{type_code(map_type[2], package)}"
    if name in SCALARS:
        return SCALARS[name]
    name = name.removeprefix(PREFIX)
    return name.removeprefix(package) if name.startswith(package + ".") else name


def message_lines():
    yield f"M {TIMESTAMP}"
    yield "1 seconds I"
    yield "2 nanos i"
    last = None
    for row in rows("fields.tsv"):
        package = row["package"].removeprefix(PREFIX)
        message = f"{package}.{row['message']}"
        if message != last:
            yield f"M {message}"
            last = message
        if not row["number"]:
            continue  # a message without fields
        if row["json_name"] != default_json_name(row["field"]):
            sys.exit(f"{message}.{row['field']}: unusual JSON name {row['json_name']}")
        label = {"": "", "repeated": "*", "optional": "?"}[row["label"]]
        oneof = f" {row['oneof']}" if row["oneof"] else ""
        yield f"{row['number']} {row['field']} {label}{type_code(row['type'], package)}{oneof}"


def enum_lines():
    last = None
    for row in rows("enums.tsv"):
        enum = f"{row['package'].removeprefix(PREFIX)}.{row['enum']}"
        if enum != last:
            yield f"E {enum}"
            last = enum
        yield f"{row['number']} {row['name']}"


def main():
    text = "".join(f"{line}\n" for lines in (message_lines(), enum_lines()) for line in lines)
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text() != text:
            sys.exit(f"{TARGET.relative_to(ROOT)} is not up to date: run ci/proto_table.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        TARGET.write_text(text)


main()
