"""Anthropic's Messages API, at Anthropic (`/v1/messages`) and at Vertex (`:rawPredict`, `:streamRawPredict`).

Sources: https://platform.claude.com/docs/en/api/messages and
https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai. The version spoken is 2023-06-01: the next
one, 2026-10-21, refuses temperature, top_p and top_k for every model.
"""

from ai_gateway.core.dialect import Dialect
from ai_gateway.core.dialects.anthropic.failures import decode_error
from ai_gateway.core.dialects.anthropic.request import encode
from ai_gateway.core.dialects.anthropic.response import decode
from ai_gateway.core.dialects.anthropic.stream import StreamDecoder

DIALECT = Dialect(encode=encode, decode=decode, decoder=StreamDecoder, decode_error=decode_error)

__all__ = ["DIALECT"]
