"""The records of a ``.wandb`` file: those parts of wandb's protobuf messages that are read here.

They are written down once more, since importing ``wandb.proto`` brings all of wandb along, and
takes longer than most files take to read. What is not named is passed over unread.

https://github.com/wandb/wandb/blob/main/wandb/proto/wandb_internal.proto
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

_PACKAGE: Final = "wslayout_records"
_ITEM: Final = "key:1:string nested_key:2:string* value_json:16:string"
# Message → its fields: name, number, type; * means several, and behind a / stands its oneof.
_MESSAGES: Final = {
    "Record": "history:2:History/record_type summary:3:Summary/record_type "
    "config:5:Config/record_type files:6:Files/record_type metric:12:Metric/record_type "
    "run:17:Run/record_type exit:18:Exit/record_type",
    "History": "item:1:HistoryItem* step:2:Step",
    "HistoryItem": f"{_ITEM} none:3:int32/value boolean:4:bool/value integer:5:sint64/value "
    "number:6:double/value text:7:string/value json:8:string/value",
    "Step": "num:1:int64",
    "Summary": "update:1:Item* remove:2:Item*",
    "Config": "update:1:Item* remove:2:Item*",
    "Item": _ITEM,
    "Files": "files:1:File*",
    "File": "path:1:string",
    "Metric": "name:1:string glob_name:2:string step_metric:4:string options:6:MetricOptions "
    "_control:9:MetricControl",
    "MetricOptions": "hidden:2:bool",
    "MetricControl": "overwrite:1:bool",
    "Run": "run_id:1:string entity:2:string project:3:string config:4:Config summary:5:Summary "
    "run_group:6:string display_name:8:string sweep_id:12:string start_time:17:Time",
    "Time": "seconds:1:int64 nanos:2:int32",
    "Exit": "exit_code:1:int32",
}


@cache
def record_class() -> Any:
    """The class of a record, a protobuf message."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    types = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        oneofs: list[str] = []
        for text in fields.split():
            told, _, oneof = text.partition("/")
            field, number, kind = told.split(":")
            made = message.field.add(name=field, number=int(number))
            made.label = types.LABEL_REPEATED if kind.endswith("*") else types.LABEL_OPTIONAL
            kind = kind.rstrip("*")
            if kind in _MESSAGES:
                made.type, made.type_name = types.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            else:
                made.type = types.Type.Value(f"TYPE_{kind.upper()}")
            if oneof:
                if oneof not in oneofs:
                    oneofs.append(oneof)
                    message.oneof_decl.add(name=oneof)
                made.oneof_index = oneofs.index(oneof)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Record"))
