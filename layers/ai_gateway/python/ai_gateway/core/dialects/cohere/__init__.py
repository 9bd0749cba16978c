"""Cohere's chat API, version 2.

Source: https://docs.cohere.com/v2/reference/chat.
"""

from ai_gateway.core.dialect import Dialect
from ai_gateway.core.dialects.cohere.answer import decode
from ai_gateway.core.dialects.cohere.failures import decode_error
from ai_gateway.core.dialects.cohere.request import encode
from ai_gateway.core.dialects.cohere.stream import StreamDecoder

DIALECT = Dialect(encode=encode, decode=decode, decoder=StreamDecoder, decode_error=decode_error)
