"""Models of Mistral AI."""

from ai_gateway.core.catalog.model import NO_IMAGES, Model

MODELS: tuple[Model, ...] = (
    Model(
        "codestral-2508",
        "mistral",
        "Codestral 2508",
        {"mistral": "codestral-2508", "openrouter": "mistralai/codestral-2508"},
        context=256_000,
    ),
    Model(
        "devstral-2512",
        "mistral",
        "Devstral 2 2512",
        {"mistral": "devstral-2512", "openrouter": "mistralai/devstral-2512"},
        context=262_144,
    ),
    Model("magistral-medium", "mistral", "Magistral Medium", {"mistral": "magistral-medium-latest"}),
    Model("magistral-small", "mistral", "Magistral Small", {"mistral": "magistral-small-latest"}),
    Model(
        "ministral-14b-2512",
        "mistral",
        "Ministral 3 14B 2512",
        {"mistral": "ministral-14b-2512", "openrouter": "mistralai/ministral-14b-2512"},
        context=262_144,
    ),
    Model(
        "ministral-3b-2512",
        "mistral",
        "Ministral 3 3B 2512",
        {"mistral": "ministral-3b-2512", "openrouter": "mistralai/ministral-3b-2512"},
        context=131_072,
    ),
    Model(
        "ministral-8b-2512",
        "mistral",
        "Ministral 3 8B 2512",
        {"mistral": "ministral-8b-2512", "openrouter": "mistralai/ministral-8b-2512"},
        context=262_144,
    ),
    Model(
        "mistral-large-2411",
        "mistral",
        "Mistral-Large",
        {"mistral": "mistral-large-2411"},
        context=128_000,
        max_output=32_768,
        created="2024-07-24",
        lacks=NO_IMAGES,
    ),
    Model(
        "mistral-large-2512",
        "mistral",
        "Mistral Large 3 2512",
        {
            "mistral": "mistral-large-2512",
            "bedrock": "mistral.mistral-large-3-675b-instruct",
            "openrouter": "mistralai/mistral-large-2512",
        },
        aliases=(
            "mistral-large",
            "mistral-large-latest",
        ),
        context=262_144,
    ),
    Model("mistral-large-4", "mistral", "Mistral Large 4", {"mistral": "mistral-large-4"}, context=1_048_576),
    Model(
        "mistral-medium-3-1",
        "mistral",
        "Mistral Medium 3 and 3.1",
        {"mistral": "mistral-medium-2508", "openrouter": "mistralai/mistral-medium-3.1"},
        context=131_072,
    ),
    Model(
        "mistral-medium-3-5",
        "mistral",
        "Mistral Medium 3.5",
        {"mistral": "mistral-medium-3-5", "openrouter": "mistralai/mistral-medium-3-5"},
        context=262_144,
    ),
    Model("mistral-medium-latest", "mistral", "Mistral Medium Latest", {"mistral": "mistral-medium-latest"}),
    Model(
        "mistral-nemo",
        "mistral",
        "Mistral Nemo",
        {
            "deepinfra": "mistralai/Mistral-Nemo-Instruct-2407",
            "mistral": "open-mistral-nemo",
            "openrouter": "mistralai/mistral-nemo",
            "novita": "mistralai/mistral-nemo",
        },
        context=128_000,
        max_output=16_400,
        created="2024-07-18",
        inputs=(
            "text",
            "image",
        ),
    ),
    Model(
        "mistral-saba", "mistral", "Mistral Saba", {"mistral": "mistral-saba", "openrouter": "mistralai/mistral-saba"}
    ),
    Model(
        "mistral-small",
        "mistral",
        "Mistral Small",
        {
            "deepinfra": "mistralai/Mistral-Small-3.2-24B-Instruct-2506",
            "openrouter": "mistralai/mistral-small-3.2-24b-instruct",
        },
        context=128_000,
        max_output=128_000,
        created="2024-02-26",
        inputs=(
            "text",
            "image",
        ),
    ),
    Model(
        "mistral-small-2603",
        "mistral",
        "Mistral Small 4",
        {"mistral": "mistral-small-2603", "openrouter": "mistralai/mistral-small-2603"},
        context=262_144,
    ),
    Model(
        "mistral-small-3.2-24b-instruct",
        "mistral",
        "Mistral Small 3.2 24B",
        {"openrouter": "mistralai/mistral-small-3.2-24b-instruct"},
    ),
    Model("mistral-small-latest", "mistral", "Mistral Small Latest", {"mistral": "mistral-small-latest"}),
    Model("pixtral-large", "mistral", "Pixtral Large 2411", {"mistral": "pixtral-large-latest"}),
    Model(
        "voxtral-small-24b-2507",
        "mistral",
        "Voxtral Small 24B 2507",
        {"mistral": "voxtral-small-24b-2507", "openrouter": "mistralai/voxtral-small-24b-2507"},
        context=32_768,
    ),
)
