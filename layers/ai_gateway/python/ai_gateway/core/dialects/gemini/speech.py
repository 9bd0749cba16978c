"""Spoken answers: Google sends bare samples, OpenAI's callers ask for a file format."""

from base64 import b64decode, b64encode
from struct import pack

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.wire import JsonObject, mapping, text


def joined(data: str, more: str) -> str:
    """Base64 of what both hold; raises UpstreamMalformed when one of them is not base64."""
    return b64encode(_bytes(data) + _bytes(more)).decode()


def complete(audio: JsonObject, request: ChatRequest, created: int) -> JsonObject:
    """OpenAI's audio object, from `id`, `mime_type` (Google's word for what it holds) and `data` (base64).

    Samples get a WAV header when the caller asked for a file of any kind: it is the one that costs no codec. `created`
    is Unix seconds. Raises UpstreamMalformed.
    """
    kind = text(audio, "mime_type")
    wanted = text(mapping(request, "audio"), "format")
    if kind.lower().startswith("audio/l16") and wanted not in ("", "pcm16", "pcm"):
        samples = _bytes(text(audio, "data"))
        wave = b64encode(_wav_header(len(samples), _rate(kind)) + samples).decode()
        audio = {**audio, "mime_type": "audio/wav", "data": wave}
    return {"expires_at": created, "transcript": "", **audio}


def _bytes(data: str) -> bytes:
    try:
        return b64decode(data)
    except ValueError:
        raise UpstreamMalformed("The provider sent audio that is not base64.") from None


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
