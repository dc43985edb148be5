"""The class that libprotobuf's Python reads an Envelope with, for either epoch of the record."""
import importlib.util
import pathlib
import shutil
import subprocess
import tempfile

import record

_ENVELOPES = {}


def envelope_of(epoch):
    """The class Envelope: for epoch 2 what protoc makes of the repository's .proto, as consumers have it; for epoch 1, of which no .proto is
    kept, and where there is no protoc (a guest), one built from the record's fields as listed in record.py."""
    if epoch not in _ENVELOPES:
        _ENVELOPES[epoch] = compiled_envelope() if epoch == 2 and shutil.which("protoc") else built_envelope(epoch)
    return _ENVELOPES[epoch]


def compiled_envelope():
    source = pathlib.Path(__file__).resolve().parents[2] / "proto"
    with tempfile.TemporaryDirectory(prefix="xtcp2-proto-") as folder:
        subprocess.run(["protoc", f"--proto_path={source}", f"--python_out={folder}", "xtcp_flat_record/v1/xtcp_flat_record.proto"],
                       check=True)
        path = f"{folder}/xtcp_flat_record/v1/xtcp_flat_record_pb2.py"
        spec = importlib.util.spec_from_file_location("xtcp_flat_record_pb2", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module.Envelope


def built_envelope(epoch):
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # Debian's python3-protobuf

    file = descriptor_pb2.FileDescriptorProto(name=f"epoch{epoch}.proto", package=f"epoch{epoch}", syntax="proto3")
    row, names = file.message_type.add(name="XtcpFlatRecord"), record.names_of(epoch)
    for base, name in names.items():
        kind = record.TYPES[base]
        number = 2103 if name == "c_group" else record.NUMBERS[base]
        field = row.field.add(name=name, number=number, label=1, type=descriptor_pb2.FieldDescriptorProto.Type.Value(
            "TYPE_ENUM" if kind in record.ENUMS else "TYPE_" + kind.upper()))
        if kind in record.ENUMS:
            field.type_name = f".{file.package}.XtcpFlatRecord.{kind}"
    for kind in {record.TYPES[base] for base in names} & set(record.ENUMS):
        enum = row.enum_type.add(name=kind)
        for number, value in enumerate(record.ENUMS[kind][1]):
            enum.value.add(name=record.ENUMS[kind][0] + value, number=number)
    envelope = file.message_type.add(name="Envelope")
    envelope.field.add(name="row", number=10, label=3, type=11, type_name=f".{file.package}.XtcpFlatRecord")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(f"{file.package}.Envelope"))
