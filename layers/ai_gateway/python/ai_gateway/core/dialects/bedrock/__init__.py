"""Amazon Bedrock's Converse and ConverseStream: one request and answer shape for the models of many authors.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
"""

from ai_gateway.core.dialect import Dialect
from ai_gateway.core.dialects.bedrock.failures import decode_error
from ai_gateway.core.dialects.bedrock.request import encode
from ai_gateway.core.dialects.bedrock.response import decode
from ai_gateway.core.dialects.bedrock.stream import StreamDecoder

DIALECT = Dialect(encode=encode, decode=decode, decoder=StreamDecoder, decode_error=decode_error)
