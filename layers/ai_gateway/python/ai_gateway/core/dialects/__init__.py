"""The dialects by name."""

from collections.abc import Mapping

from ai_gateway.core.catalog.providers import DialectName
from ai_gateway.core.dialect import Dialect
from ai_gateway.core.dialects.anthropic import DIALECT as ANTHROPIC
from ai_gateway.core.dialects.bedrock import DIALECT as BEDROCK
from ai_gateway.core.dialects.cohere import DIALECT as COHERE
from ai_gateway.core.dialects.gemini import DIALECT as GEMINI
from ai_gateway.core.dialects.openai import DIALECT as OPENAI

DIALECTS: Mapping[DialectName, Dialect] = {
    "openai": OPENAI,
    "anthropic": ANTHROPIC,
    "gemini": GEMINI,
    "bedrock": BEDROCK,
    "cohere": COHERE,
}
