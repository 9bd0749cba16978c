from collections.abc import Mapping
from struct import pack
from zlib import crc32


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    block = b"".join(
        pack(">B", len(k)) + k.encode() + pack(">BH", 7, len(v.encode())) + v.encode() for k, v in headers.items()
    )
    prelude = pack(">II", len(block) + len(payload) + 16, len(block))
    start = prelude + pack(">I", crc32(prelude)) + block + payload
    return start + pack(">I", crc32(start))
