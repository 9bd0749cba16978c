"""Models of other authors."""

from ai_gateway.core.catalog.model import NO_IMAGES, Model

MODELS: tuple[Model, ...] = (
    Model(
        "ernie-4.5-21b-a3b-thinking",
        "baidu",
        "Baidu Ernie 4.5 21B A3B Thinking",
        {"novita": "baidu/ernie-4.5-21B-A3B-Thinking"},
        context=128_000,
        max_output=8_000,
        created="2025-03-16",
        reasons=True,
        lacks=NO_IMAGES,
    ),
    Model("hy3-preview", "tencent", "Hy3 preview", {"openrouter": "tencent/hy3-preview"}, context=262_144),
    Model("hy4", "tencent", "Hy4", {"openrouter": "tencent/hy4", "novita": "tencent/hy4"}, context=1_048_576),
    Model("jamba-large-1.7", "ai21", "Jamba Large 1.7", {"openrouter": "ai21/jamba-large-1.7"}),
    Model(
        "llama-3.3-nemotron-super-49b-v1.5",
        "nvidia",
        "Llama 3.3 Nemotron Super 49B V1.5",
        {"openrouter": "nvidia/llama-3.3-nemotron-super-49b-v1.5"},
    ),
    Model("mercury-2", "inception", "Mercury 2", {"openrouter": "inception/mercury-2"}, context=128_000),
    Model("mercury-2.5", "inception", "Mercury 2.5", {"openrouter": "inception/mercury-2.5"}, context=260_000),
    Model("mercury-3", "inception", "Mercury 3", {"openrouter": "inception/mercury-3"}, context=1_000_000),
    Model("mimo-v2-flash", "xiaomi", "MiMo-V2-Flash", {"openrouter": "xiaomi/mimo-v2-flash"}),
    Model("mimo-v2.5", "xiaomi", "MiMo-V2.5", {"openrouter": "xiaomi/mimo-v2.5", "novita": "xiaomimimo/mimo-v2.5"}),
    Model(
        "mimo-v2.5-pro",
        "xiaomi",
        "MiMo-V2.5-Pro",
        {"openrouter": "xiaomi/mimo-v2.5-pro", "novita": "xiaomimimo/mimo-v2.5-pro"},
    ),
    Model(
        "mimo-v2.6-flash",
        "xiaomi",
        "MiMo-V2.6-Flash",
        {"openrouter": "xiaomi/mimo-v2.6-flash", "novita": "xiaomimimo/mimo-v2.6-flash"},
        context=1_050_000,
    ),
    Model(
        "mimo-v2.6-pro",
        "xiaomi",
        "MiMo-V2.6-Pro",
        {"openrouter": "xiaomi/mimo-v2.6-pro", "novita": "xiaomimimo/mimo-v2.6-pro"},
        context=1_050_000,
    ),
    Model(
        "mimo-v2.6-pro-ultraspeed",
        "xiaomi",
        "MiMo-V2.6-Pro-UltraSpeed",
        {"openrouter": "xiaomi/mimo-v2.6-pro-ultraspeed"},
        context=1_048_576,
    ),
    Model(
        "nemotron-3-nano-30b-a3b",
        "nvidia",
        "Nemotron 3 Nano 30B A3B",
        {"openrouter": "nvidia/nemotron-3-nano-30b-a3b", "novita": "nvidia/nemotron-3-nano-30b-a3b"},
        context=262_144,
    ),
    Model(
        "nemotron-3-super-120b-a12b", "nvidia", "Nemotron 3 Super", {"openrouter": "nvidia/nemotron-3-super-120b-a12b"}
    ),
    Model(
        "nemotron-3-ultra-550b-a55b", "nvidia", "Nemotron 3 Ultra", {"openrouter": "nvidia/nemotron-3-ultra-550b-a55b"}
    ),
    Model(
        "nemotron-3.5-lightning",
        "nvidia",
        "Nemotron 3.5 Lightning",
        {"openrouter": "nvidia/nemotron-3.5-lightning"},
        context=262_144,
    ),
    Model(
        "nemotron-3.5-super-vl",
        "nvidia",
        "Nemotron 3.5 Super VL",
        {"openrouter": "nvidia/nemotron-3.5-super-vl"},
        context=1_048_576,
    ),
    Model("nemotron-nano-9b-v2", "nvidia", "Nemotron Nano 9B V2", {"openrouter": "nvidia/nemotron-nano-9b-v2"}),
    Model("phi-4", "microsoft", "Phi 4", {"openrouter": "microsoft/phi-4"}, context=16_384),
    Model("phi-4-mini-instruct", "microsoft", "Phi 4 Mini Instruct", {"openrouter": "microsoft/phi-4-mini-instruct"}),
    Model(
        "phi-4-multimodal-instruct",
        "microsoft",
        "microsoft/phi-4-multimodal-instruct",
        {"openrouter": "microsoft/phi-4-multimodal-instruct"},
    ),
    Model("seed-1.6", "bytedance", "Seed 1.6", {"openrouter": "bytedance-seed/seed-1.6"}, context=262_144),
    Model(
        "seed-1.6-flash",
        "bytedance",
        "Seed 1.6 Flash",
        {"openrouter": "bytedance-seed/seed-1.6-flash"},
        context=262_144,
    ),
    Model(
        "seed-2-1-turbo",
        "bytedance",
        "Seed 2.1 Turbo",
        {"openrouter": "bytedance-seed/seed-2-1-turbo"},
        context=262_144,
    ),
    Model(
        "seed-2.0-code", "bytedance", "Seed-2.0-Code", {"openrouter": "bytedance-seed/seed-2.0-code"}, context=262_144
    ),
    Model(
        "seed-2.0-lite", "bytedance", "Seed-2.0-Lite", {"openrouter": "bytedance-seed/seed-2.0-lite"}, context=262_144
    ),
    Model(
        "seed-2.0-mini", "bytedance", "Seed-2.0-Mini", {"openrouter": "bytedance-seed/seed-2.0-mini"}, context=262_144
    ),
    Model("step-3.5-flash", "stepfun", "Step 3.5 Flash", {"openrouter": "stepfun/step-3.5-flash"}, context=262_144),
    Model(
        "step-3.7-flash",
        "stepfun",
        "Step 3.7 Flash",
        {"openrouter": "stepfun/step-3.7-flash", "novita": "stepfun/step-3.7-flash"},
    ),
    Model(
        "step-5-preview",
        "stepfun",
        "Step 5 Preview",
        {"openrouter": "stepfun/step-5-preview", "novita": "stepfun/step-5-preview"},
        context=1_048_576,
    ),
)
