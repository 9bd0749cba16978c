"""OpenAI chat completions, as OpenAI and everyone who is compatible with it speaks them.

The pivot is this protocol, so little is translated: what a provider does otherwise than OpenAI is repaired in place,
and everything else goes through as it came.
"""

from ai_gateway.core.dialect import Dialect
from ai_gateway.core.dialects.openai.answer import decode
from ai_gateway.core.dialects.openai.failures import decode_error
from ai_gateway.core.dialects.openai.request import encode
from ai_gateway.core.dialects.openai.stream import StreamDecoder

DIALECT = Dialect(encode=encode, decode=decode, decoder=StreamDecoder, decode_error=decode_error)
