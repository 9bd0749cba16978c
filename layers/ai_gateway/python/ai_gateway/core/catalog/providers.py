"""Providers: one row each, saying where it is, what it speaks and how it is paid.

A provider that speaks a known dialect is one row here and no code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ai_gateway.core.catalog import accents as known
from ai_gateway.core.catalog.accents import PLAIN, Accent

DialectName: TypeAlias = Literal["openai", "anthropic", "gemini", "bedrock", "cohere"]
AuthScheme: TypeAlias = Literal["bearer", "x-api-key", "api-key", "x-goog-api-key", "google", "sigv4", "none"]


@dataclass(frozen=True, slots=True)
class Provider:
    """One row.

    `base_url` may hold `{options}` of the deployment (`{region}`, `{project}`, `{resource}`), whose defaults stand in
    `options`. `path` is for the openai dialect, appended to the base URL, and may hold options too; `{deployment}` is
    the model's id unless the option is set. `accent` is for the openai dialect as well; model ids that start with a key
    of `accents` have that one instead. `key_env` are the environment variables that hold the key on a laptop, first one
    first. `prices_id` is the provider's id in genai-prices. `drops` are request parameters that the provider refuses
    and that are left out (and reported); `renames` are parameters it calls otherwise. `dialects` are exceptions: model
    ids that start with the key speak another dialect. `names_deployments` says that the name of a deployment is all it
    takes to call it there.
    """

    name: str
    display_name: str
    base_url: str
    key_env: tuple[str, ...] = ()
    dialect: DialectName = "openai"
    auth: AuthScheme = "bearer"
    path: str = "/chat/completions"
    aliases: tuple[str, ...] = ()
    prices_id: str | None = None
    priority: int = 4
    drops: frozenset[str] = frozenset()
    renames: Mapping[str, str] = field(default_factory=dict)
    dialects: Mapping[str, DialectName] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    names_deployments: bool = False
    accent: Accent = PLAIN
    accents: Mapping[str, Accent] = field(default_factory=dict)

    def dialect_of(self, model_id: str) -> DialectName:
        """The dialect that this model speaks at this provider."""
        for prefix, dialect in self.dialects.items():
            if model_id.startswith(prefix):
                return dialect
        return self.dialect

    def accent_of(self, model_id: str) -> Accent:
        """The accent that this model has at this provider."""
        for prefix, accent in self.accents.items():
            if model_id.startswith(prefix):
                return accent
        return self.accent


_ROWS = (
    Provider(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        ("OPENAI_API_KEY",),
        prices_id="openai",
        priority=3,
        accent=known.OPENAI,
        accents=known.OPENAI_MODELS,
    ),
    Provider(
        "azure",
        "Azure OpenAI",
        "https://{resource}.openai.azure.com",
        ("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
        auth="api-key",
        path="/openai/deployments/{deployment}/chat/completions?api-version={api_version}",
        aliases=("azure-openai", "microsoft"),
        prices_id="azure",
        options={"api_version": "2024-10-21"},
        names_deployments=True,
        accent=known.OPENAI,
        accents=known.OPENAI_MODELS,
    ),
    Provider(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com",
        ("ANTHROPIC_API_KEY",),
        dialect="anthropic",
        auth="x-api-key",
        prices_id="anthropic",
        priority=3,
    ),
    Provider(
        "bedrock",
        "Amazon Bedrock",
        "https://bedrock-runtime.{region}.amazonaws.com",
        ("AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID"),
        dialect="bedrock",
        auth="sigv4",
        aliases=("aws", "aws-bedrock", "amazon-bedrock"),
        prices_id="aws",
        options={"region": "us-east-1"},
    ),
    Provider(
        "google-ai-studio",
        "Google AI Studio",
        "https://generativelanguage.googleapis.com",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        dialect="gemini",
        auth="x-goog-api-key",
        aliases=("google", "gemini"),
        prices_id="google",
        priority=5,
    ),
    Provider(
        "vertex",
        "Google Vertex AI",
        "https://{host}",
        ("GOOGLE_APPLICATION_CREDENTIALS", "VERTEX_ACCESS_TOKEN", "VERTEX_SERVICE_ACCOUNT", "VERTEX_API_KEY"),
        dialect="gemini",
        auth="google",
        aliases=("vertex-ai", "google-vertex", "vertexai"),
        prices_id="google",
        dialects={"claude": "anthropic"},
        options={"location": "global"},
    ),
    Provider(
        "cohere",
        "Cohere",
        "https://api.cohere.com",
        ("COHERE_API_KEY", "CO_API_KEY"),
        dialect="cohere",
        prices_id="cohere",
    ),
    Provider(
        "mistral",
        "Mistral AI",
        "https://api.mistral.ai/v1",
        ("MISTRAL_API_KEY",),
        aliases=("mistralai", "mistral-ai"),
        prices_id="mistral",
        drops=frozenset(("user",)),
        accent=known.MISTRAL,
    ),
    Provider(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        ("GROQ_API_KEY",),
        prices_id="groq",
        accent=known.GROQ,
        accents=known.GROQ_MODELS,
    ),
    Provider(
        "xai",
        "xAI",
        "https://api.x.ai/v1",
        ("XAI_API_KEY",),
        aliases=("x-ai", "grok"),
        prices_id="x-ai",
        accent=known.XAI,
    ),
    Provider(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com",
        ("DEEPSEEK_API_KEY",),
        prices_id="deepseek",
        accent=known.DEEPSEEK,
    ),
    Provider(
        "perplexity",
        "Perplexity",
        "https://api.perplexity.ai",
        ("PERPLEXITY_API_KEY", "PPLX_API_KEY"),
        prices_id="perplexity",
        accent=known.PERPLEXITY,
    ),
    Provider(
        "cerebras",
        "Cerebras",
        "https://api.cerebras.ai/v1",
        ("CEREBRAS_API_KEY",),
        prices_id="cerebras",
        accent=known.CEREBRAS,
    ),
    Provider(
        "fireworks",
        "Fireworks AI",
        "https://api.fireworks.ai/inference/v1",
        ("FIREWORKS_API_KEY",),
        aliases=("fireworks-ai",),
        prices_id="fireworks",
        accent=known.FIREWORKS,
    ),
    Provider(
        "moonshot",
        "Moonshot AI",
        "https://api.moonshot.ai/v1",
        ("MOONSHOT_API_KEY",),
        aliases=("moonshotai", "kimi"),
        prices_id="moonshotai",
        accent=known.MOONSHOT,
    ),
    Provider(
        "zai",
        "Z.ai",
        "https://api.z.ai/api/paas/v4",
        ("ZAI_API_KEY", "Z_AI_API_KEY"),
        aliases=("z-ai", "z.ai", "zhipu"),
        prices_id="zai",
        accent=known.ZAI,
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        ("OPENROUTER_API_KEY",),
        aliases=("open-router",),
        prices_id="openrouter",
        priority=10,
        accent=known.OPENROUTER,
    ),
    Provider(
        "vercel",
        "Vercel AI Gateway",
        "https://ai-gateway.vercel.sh/v1",
        ("VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"),
        aliases=("vercel-gateway", "vercel-ai-gateway"),
        priority=10,
        accent=known.VERCEL,
    ),
    Provider(
        "ollama",
        "Ollama",
        "http://localhost:11434/v1",
        ("OLLAMA_API_KEY",),
        accent=known.OLLAMA,
    ),
    *(
        Provider(name, display_name, base_url, (key,), prices_id=prices_id, aliases=aliases)
        for name, display_name, base_url, key, prices_id, aliases in (
            ("ai21", "AI21 Labs", "https://api.ai21.com/studio/v1", "AI21_API_KEY", None, ()),
            (
                "alibaba",
                "Alibaba Model Studio",
                "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
                "DASHSCOPE_API_KEY",
                None,
                ("dashscope", "qwen"),
            ),
            ("baseten", "Baseten", "https://inference.baseten.co/v1", "BASETEN_API_KEY", "baseten", ()),
            ("canopywave", "CanopyWave", "https://inference.canopywave.io/v1", "CANOPYWAVE_API_KEY", None, ()),
            ("chutes", "Chutes", "https://llm.chutes.ai/v1", "CHUTES_API_KEY", None, ()),
            ("deepinfra", "DeepInfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY", None, ()),
            (
                "github",
                "GitHub Models",
                "https://models.github.ai/inference",
                "GITHUB_MODELS_TOKEN",
                None,
                ("github-models",),
            ),
            ("huggingface", "Hugging Face", "https://router.huggingface.co/v1", "HF_TOKEN", None, ("hf",)),
            ("hyperbolic", "Hyperbolic", "https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY", None, ()),
            ("inception", "Inception", "https://api.inceptionlabs.ai/v1", "INCEPTION_API_KEY", None, ()),
            ("minimax", "MiniMax", "https://api.minimax.io/v1", "MINIMAX_API_KEY", "minimax", ()),
            ("nebius", "Nebius Token Factory", "https://api.tokenfactory.nebius.com/v1", "NEBIUS_API_KEY", None, ()),
            ("novita", "Novita AI", "https://api.novita.ai/openai/v1", "NOVITA_API_KEY", "novita", ()),
            (
                "nvidia",
                "NVIDIA NIM",
                "https://integrate.api.nvidia.com/v1",
                "NVIDIA_API_KEY",
                None,
                ("nim", "nvidia-nim"),
            ),
            (
                "ovhcloud",
                "OVHcloud AI Endpoints",
                "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
                "OVHCLOUD_API_KEY",
                "ovhcloud",
                ("ovh",),
            ),
            ("sambanova", "SambaNova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY", None, ()),
            (
                "together",
                "Together AI",
                "https://api.together.xyz/v1",
                "TOGETHER_API_KEY",
                "together",
                ("togetherai", "together-ai"),
            ),
            (
                "vllm",
                "vLLM or any OpenAI-compatible server",
                "http://localhost:8000/v1",
                "VLLM_API_KEY",
                None,
                ("custom", "hosted-vllm"),
            ),
            ("lmstudio", "LM Studio", "http://localhost:1234/v1", "LMSTUDIO_API_KEY", None, ("lm-studio",)),
        )
    ),
)

PROVIDERS: Mapping[str, Provider] = {row.name: row for row in _ROWS}
"""By name; `ALIASES` leads from other names to it."""

ALIASES: Mapping[str, str] = {alias: row.name for row in _ROWS for alias in (row.name, *row.aliases)}
