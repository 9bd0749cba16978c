"""Models of MiniMax."""

from ai_gateway.core.catalog.model import Model

MODELS: tuple[Model, ...] = (
    Model(
        "minimax-m2",
        "minimax",
        "MiniMax M2",
        {"minimax": "MiniMax-M2", "openrouter": "minimax/minimax-m2"},
        context=204_800,
        created="2025-10-27",
        reasons=True,
    ),
    Model(
        "minimax-m2-her",
        "minimax",
        "MiniMax M2-her",
        {"openrouter": "minimax/minimax-m2-her"},
        context=65_536,
        created="2026-01-23",
    ),
    Model(
        "minimax-m2.1",
        "minimax",
        "MiniMax M2.1",
        {"openrouter": "minimax/minimax-m2.1", "fireworks": "accounts/fireworks/models/minimax-m2p1"},
        context=204_800,
        reasons=True,
    ),
    Model(
        "minimax-m2.5",
        "minimax",
        "MiniMax M2.5",
        {"openrouter": "minimax/minimax-m2.5", "novita": "minimax/minimax-m2.5"},
        created="2026-02-11",
        reasons=True,
    ),
    Model(
        "minimax-m2.7",
        "minimax",
        "MiniMax M2.7",
        {
            "minimax": "MiniMax-M2.7",
            "openrouter": "minimax/minimax-m2.7",
            "fireworks": "accounts/fireworks/models/minimax-m2p7",
            "novita": "minimax/minimax-m2.7",
        },
        context=204_800,
        created="2026-03-18",
        reasons=True,
    ),
    Model(
        "minimax-m2.7-highspeed",
        "minimax",
        "MiniMax M2.7 Highspeed",
        {"minimax": "MiniMax-M2.7-highspeed", "novita": "minimax/minimax-m2.7-highspeed"},
        context=204_800,
        reasons=True,
    ),
    Model(
        "minimax-m3",
        "minimax",
        "MiniMax M3",
        {
            "minimax": "MiniMax-M3",
            "openrouter": "minimax/minimax-m3",
            "together": "MiniMaxAI/MiniMax-M3",
            "fireworks": "accounts/fireworks/models/minimax-m3",
            "novita": "minimax/minimax-m3",
        },
        context=1_000_000,
        created="2026-05-31",
        reasons=True,
    ),
    Model(
        "minimax-m3.1-flash",
        "minimax",
        "MiniMax-M3.1-Flash",
        {
            "minimax": "MiniMax-M3.1-Flash",
            "together": "MiniMaxAI/MiniMax-M3.1-Flash",
            "novita": "minimax/minimax-m3.1-flash",
        },
        context=1_000_000,
        reasons=True,
    ),
)
