from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.prompts.versions import Number
from ai_gateway.core.wire import JsonObject
from ai_gateway.runtime.prompt_files import PromptFile, Unreadable, read, read_folder, with_base

PATH = Path("bot.yaml")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TRICKY = st.sampled_from(
    ["no", "1e5", "1.0", "0x1F", "12:30", "2024-01-01", "~", "", "true", "null", "- a", "a: b", "# c", "a\nb", "a \nb",
     " a\n b\n", "\n\na", "a\r\nb", "a\tb\n", "|", "<<", "=", "!tag", "*a", "&a", "@a", "\x85", "\u2028x\n", "\ufeff"]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT | TRICKY  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | TRICKY, inner, max_size=3),
    max_leaves=8,
)


@given(TEXT | TRICKY, st.dictionaries(TEXT | TRICKY, JSON, max_size=3))
def test_every_prompt_is_read_as_it_was_written(content: str, metadata: dict[str, object]) -> None:
    body: JsonObject = {
        "messages": [{"role": "user", "content": content.replace("{{", "((")}],
        "metadata": metadata,
        "temperature": 1e-05,
    }
    file = PromptFile("bot", "no", ("1.0", "yes"), Number(1, 10), body)
    assert read(file.text(), PATH) == file


def test_a_file_is_made_to_be_read() -> None:
    body: JsonObject = {
        "model": "gpt-4o-mini",
        "temperature": 0.2,
        "messages": [{"role": "system", "content": "You help {{customer_name}}.\n\nBe kind: ünicode ✓"}],
    }
    assert PromptFile("bot", "Support bot", ("a",), Number(0, 1), body).text() == (
        "id: bot\n"
        "name: Support bot\n"
        "tags:\n"
        "- a\n"
        "version: '0.1'\n"
        "prompt:\n"
        "  model: gpt-4o-mini\n"
        "  temperature: 0.2\n"
        "  messages:\n"
        "  - role: system\n"
        "    content: |-\n"
        "      You help {{customer_name}}.\n"
        "\n"
        "      Be kind: ünicode ✓\n"
    )


def test_any_yaml_reader_reads_the_same() -> None:
    body: JsonObject = {"messages": [{"role": "user", "content": "no"}], "stop": ["12:30", "yes", "1e5", "2024-01-01"]}
    text = PromptFile("bot", "on", (), None, body).text()
    assert yaml.safe_load(text)["prompt"] == body


def test_what_people_write_by_hand_means_what_it_says() -> None:
    text = (
        "name: Bot\nprompt:\n  messages:\n  - {role: user, content: no}\n  stop: [12:30, yes, 2024-01-01]\n  seed: 5\n"
    )
    file = read(text, PATH)
    assert (file.id, file.name, file.base) == ("bot", "Bot", None)
    assert file.body["messages"] == [{"role": "user", "content": "no"}]
    assert (file.body["stop"], file.body["seed"]) == (["12:30", "yes", "2024-01-01"], 5)


def test_another_version_leaves_the_rest_of_the_file_alone() -> None:
    text = "# ours\nid: bot # the bot\nversion: '0.1' # old\nprompt:\n  messages: [] # none\n"
    assert with_base(text, Number(0, 2)) == (
        "# ours\nid: bot # the bot\nversion: '0.2'\nprompt:\n  messages: [] # none\n"
    )
    assert with_base("id: bot\n", Number(0, 0)) == "version: '0.0'\nid: bot\n"
    inside = "id: bot\nprompt:\n  metadata:\n    version: a\n"
    assert read(with_base(inside, Number(1, 2)), PATH).body == {"metadata": {"version": "a"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: [", "while parsing"),
        ("- a", "no 'prompt'"),
        ("prompt: text", "no 'prompt'"),
        ("prompt: {}\nvresion: '1.0'", "'vresion' is none of"),
        ("prompt: {}\nversion: 1.0", "version in quotes"),
        ("prompt: {}\nid: 5", "'id' and 'name' must be text"),
        ("prompt: {}\nid: a b", "id is 1 to 64"),
        ("prompt: {}\ntags: a", "'tags' must be a list"),
        ("prompt: {messages: [{role: user, content: '{{hc:a:nope}}'}]}", "unknown type 'nope'"),
        ("prompt: {temperature: warm}", "'temperature' must be a number"),
        ("prompt: {1: a}", "cannot be written as JSON"),
        ("prompt: !!python/object:os.system {}", "could not determine a constructor"),
    ],
)
def test_a_file_that_holds_no_prompt_is_told_with_its_path(text: str, told: str) -> None:
    with pytest.raises(Unreadable, match=told) as caught:
        read(text, PATH)
    assert "bot.yaml" in str(caught.value)


def test_two_files_of_one_prompt_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml"):
        (tmp_path / name).write_text("id: bot\nprompt: {}\n")
    (tmp_path / "notes.txt").write_text("not a prompt")
    with pytest.raises(Unreadable, match="both have the id 'bot'"):
        read_folder(tmp_path)
