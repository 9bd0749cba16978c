"""Google's generateContent: Gemini at AI Studio (`/v1beta/models/...`) and at Vertex (`/v1beta1/projects/...`).

Sources: https://ai.google.dev/api/generate-content and
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference. The JSON is protobuf's, so the service
reads lowerCamelCase and snake_case alike; what a caller passes through may be written in either.
"""

from ai_gateway.core.dialect import Dialect
from ai_gateway.core.dialects.gemini.failures import decode_error
from ai_gateway.core.dialects.gemini.request import encode
from ai_gateway.core.dialects.gemini.response import decode
from ai_gateway.core.dialects.gemini.stream import StreamDecoder

DIALECT = Dialect(encode=encode, decode=decode, decoder=StreamDecoder, decode_error=decode_error)

__all__ = ["DIALECT"]
