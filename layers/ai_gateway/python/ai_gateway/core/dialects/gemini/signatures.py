"""Thought signatures: where a client finds them in an answer, and where they are found again in its next request.

A function call's signature rides on the call (`tool_calls[].extra_content.google.thought_signature`, as at Google's own
OpenAI-compatible endpoint), a generated image's on the image, and a text's in `reasoning_details`, as an entry of type
`reasoning.encrypted` and format `google-gemini-v1` (OpenRouter's shape). Parts that OpenAI has no place for (code that
was run, searches of the service) ride whole on the message, in `extra_content.google.parts`.
Source: https://ai.google.dev/gemini-api/docs/thought-signatures.
"""

from base64 import b64encode

from ai_gateway.core.chat import Message
from ai_gateway.core.wire import Json, JsonObject, mapping, objects, text, without

FORMAT = "google-gemini-v1"

# What Google says to send for a call that Gemini did not make itself; the field is bytes, so base64 on the wire.
PLACEHOLDER = b64encode(b"skip_thought_signature_validator").decode()


def extra_content(signature: str) -> JsonObject:
    return {"google": {"thought_signature": signature}}


def text_entry(signature: str, index: int) -> JsonObject:
    return {"type": "reasoning.encrypted", "data": signature, "format": FORMAT, "index": index}


def thought_entry(thought: str, signature: str, index: int) -> JsonObject:
    return {"type": "reasoning.text", "text": thought, "signature": signature, "format": FORMAT, "index": index}


def carried(holder: Json) -> str:
    """The signature in `extra_content` of a call, an image or a message; empty when there is none."""
    return text(mapping(mapping(holder, "extra_content"), "google"), "thought_signature")


def call_signature(call: Json, message: Message) -> str:
    """The signature of a tool call: on the call itself or, as OpenRouter's clients send it, among the reasoning details
    under the call's id.
    """
    own = carried(call) or text(mapping(call, "provider_specific_fields"), "thought_signature")
    call_id = text(call, "id")
    if own or not call_id:
        return own
    return next((text(entry, "data") for entry in _encrypted(message) if text(entry, "id") == call_id), "")


def text_signature(message: Message) -> str:
    """The signature of a message's text; the last one, when the text came in several signed parts.

    OpenRouter sends it as a `reasoning.text` without text, too.
    """
    found = [text(entry, "data") for entry in _encrypted(message) if not text(entry, "id")]
    found += [text(entry, "signature") for entry in _reasoned(message) if not text(entry, "text")]
    return found[-1] if found else carried(message)


def signed_thoughts(message: Message) -> list[JsonObject]:
    """The thoughts that carry a signature of their own, as parts."""
    return [
        {"text": text(entry, "text"), "thought": True, "thoughtSignature": text(entry, "signature")}
        for entry in _reasoned(message)
        if text(entry, "text")
    ]


def native_parts(message: Message) -> list[JsonObject]:
    """The parts that rode whole on the message; drafts that the model thought in stay behind."""
    carrier = mapping(mapping(message, "extra_content"), "google")
    return [without(part, ("index",)) for part in objects(carrier, "parts") if not part.get("thought")]


def _encrypted(message: Message) -> list[JsonObject]:
    return [
        entry for entry in _details(message) if text(entry, "type") == "reasoning.encrypted" and text(entry, "data")
    ]


def _reasoned(message: Message) -> list[JsonObject]:
    return [
        entry for entry in _details(message) if text(entry, "type") == "reasoning.text" and text(entry, "signature")
    ]


def _details(message: Message) -> list[JsonObject]:
    """Only Gemini's: a signature of another provider would be refused."""
    return [entry for entry in objects(message, "reasoning_details") if text(entry, "format") == FORMAT]
