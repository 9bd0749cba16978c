"""Spoken answers: Google sends bare samples, OpenAI's callers ask for a file format."""

from base64 import b64encode
from struct import pack

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.content import decode_base64
from ai_gateway.core.wire import JsonObject, mapping, text


def heard(so_far: JsonObject, media_type: str, data: str) -> JsonObject:
    """The audio of a choice with one more piece. `data` is base64, `mime_type` Google's word for what it holds."""
    if so_far:
        data = b64encode(decode_base64(text(so_far, "data")) + decode_base64(data)).decode()
    return {"mime_type": media_type, "data": data}


def complete(audio: JsonObject, request: ChatRequest, audio_id: str, created: int) -> JsonObject:
    """OpenAI's audio object. Samples get a WAV header when the caller asked for a file of any kind: it is the one that
    costs no codec. `created` is Unix seconds.
    """
    kind = text(audio, "mime_type")
    wanted = text(mapping(request, "audio"), "format")
    if kind.lower().startswith("audio/l16") and wanted not in ("", "pcm16", "pcm"):
        samples = decode_base64(text(audio, "data"))
        audio = {"mime_type": "audio/wav", "data": b64encode(_wav_header(len(samples), _rate(kind)) + samples).decode()}
    return {"id": audio_id, "expires_at": created, "transcript": "", **audio}


def _rate(media_type: str) -> int:
    """Samples a second, from `audio/L16;codec=pcm;rate=24000`."""
    rate = media_type.partition("rate=")[2].partition(";")[0]
    return int(rate) if rate.isdecimal() else 24_000


def _wav_header(size: int, rate: int) -> bytes:
    """RIFF header of one channel of 16-bit samples, `size` bytes of them.
    Source: http://soundfile.sapp.org/doc/WaveFormat/.
    """
    form = pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + pack("<4sI", b"data", size)
