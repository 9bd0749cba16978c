"""`ai-gateway prompts pull` and `push`: files and stored prompts, and who went on since."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from ai_gateway.core.prompts.versions import Number
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.prompts.editing import Editor, NewVersion
from ai_gateway.services.prompts.library import Library
from tests.integration.prompts.conftest import Command


class Both:
    """A folder, and the prompts that it is pulled from and pushed to."""

    def __init__(self, library: Library, command: Command, organization: str, folder: Path) -> None:
        self.library = library
        self.organization = organization
        self.folder = folder
        self._command = partial(command, "prompts")

    def run(self, action: str, *options: str, folder: str = "prompts") -> str:
        return self._command(action, folder, "--organization", self.organization, *options)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / "prompts" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def edit(self, name: str, old: str, new: str, folder: str = "prompts") -> None:
        path = self.folder / folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def edit_stored(self, prompt_id: str, text: str) -> None:
        """As somebody does on the dashboard."""
        by = Editor(self.organization, "bob", "console")
        asyncio.run(self.library.save(by, prompt_id, NewVersion(said(text), "On the dashboard")))

    def versions(self, prompt_id: str) -> list[tuple[str, str, str]]:
        found = asyncio.run(self.library.editing.prompts.versions(self.organization, prompt_id))
        return [(str(summary.number), summary.message, summary.origin) for summary in found]

    def released(self, prompt_id: str) -> dict[str, Number]:
        prompt = asyncio.run(self.library.editing.one(self.organization, prompt_id))
        return {name: release.version for name, release in prompt.environments.items()}


def said(text: str) -> JsonObject:
    return {"messages": [{"role": "system", "content": text}]}


BOT = "name: Support bot\nprompt:\n  # how we speak\n  messages:\n  - role: system\n    content: Hello {{name}}\n"


@pytest.fixture
def both(library: Library, command: Command, organization: str, tmp_path: Path) -> Both:
    return Both(library, command, organization, tmp_path)


def test_a_new_file_becomes_a_prompt_and_again_changes_nothing(both: Both) -> None:
    path = both.write("bot.yaml", BOT)
    assert both.run("push") == "prompts/bot.yaml: created as 0.0 in production\n"
    assert path.read_text() == f"version: '0.0'\n{BOT}"
    for _ in range(2):
        assert both.run("push", "--publish", "production") == "Nothing to push: all prompts are as the files are.\n"
    assert both.versions("bot") == [("0.0", "First version.", "files")]


def test_an_edited_file_becomes_a_version_and_keeps_its_comments(both: Both) -> None:
    path = both.write("bot.yaml", BOT)
    both.run("push")
    both.edit("bot.yaml", "Hello", "Good morning")
    assert both.run("push", "-m", "Kinder") == "prompts/bot.yaml: saved as 0.1\n"
    assert both.versions("bot")[1:] == [("0.1", "Kinder", "files")]
    assert "# how we speak" in path.read_text()
    assert path.read_text().startswith("version: '0.1'\n")
    assert both.released("bot") == {"production": Number(0, 0)}
    assert both.run("push", "--publish", "production") == "prompts/bot.yaml: 0.1 published to production\n"
    assert both.released("bot") == {"production": Number(0, 1)}


def test_a_name_and_tags_change_without_a_version(both: Both) -> None:
    both.write("bot.yaml", BOT)
    both.run("push")
    both.edit("bot.yaml", "name: Support bot", "name: Bot\ntags: [a]")
    assert both.run("push") == "prompts/bot.yaml: name and tags changed\n"
    assert len(both.versions("bot")) == 1


def test_what_is_stored_is_pulled_into_files_that_push_nothing(both: Both) -> None:
    both.write("bot.yaml", BOT)
    both.write("other.yaml", "id: second\nprompt: {messages: [{role: user, content: Hi}]}\n")
    both.run("push")
    assert both.run("pull", folder="elsewhere") == "elsewhere/bot.yaml: pulled\nelsewhere/second.yaml: pulled\n"
    assert both.run("push", folder="elsewhere").startswith("Nothing to push")
    assert both.run("pull", folder="elsewhere").startswith("Nothing to pull")


def test_a_pull_follows_what_was_edited_on_the_dashboard(both: Both) -> None:
    path = both.write("bot.yaml", BOT)
    both.run("push")
    both.edit_stored("bot", "Edited")
    assert both.run("push") == "prompts/bot.yaml: behind 0.1, nothing to push\n"
    assert both.run("pull") == "prompts/bot.yaml: pulled\n"
    assert "content: Edited" in path.read_text()


def test_a_pull_keeps_a_file_that_was_edited_and_not_pushed(both: Both) -> None:
    path = both.write("bot.yaml", BOT)
    both.run("push")
    both.edit("bot.yaml", "Hello", "Mine")
    assert both.run("pull") == "prompts/bot.yaml: edited here and not pushed yet; kept\n"
    assert both.run("pull", "--force") == "prompts/bot.yaml: pulled\n"
    assert "Hello" in path.read_text()


def test_when_both_sides_went_on_nothing_is_written_until_that_is_wanted(both: Both) -> None:
    path = both.write("bot.yaml", BOT)
    both.write("new.yaml", "prompt: {messages: [{role: user, content: Hi}]}\n")
    both.run("push")
    both.edit_stored("bot", "Theirs")
    both.edit("bot.yaml", "Hello", "Mine")
    both.edit("new.yaml", "Hi", "Ho")
    for action in ("push", "pull"):
        with pytest.raises(SystemExit, match=r"bot\.yaml is from version 0\.0 and was edited; .* is at 0\.1"):
            both.run(action)
    assert len(both.versions("new")) == 1
    assert both.run("push", "--force") == "prompts/bot.yaml: saved as 0.2\nprompts/new.yaml: saved as 0.1\n"
    assert "Mine" in path.read_text()
    assert [number for number, _, _ in both.versions("bot")] == ["0.0", "0.1", "0.2"]


def test_two_checkouts_that_both_went_on_are_a_conflict(both: Both) -> None:
    both.write("bot.yaml", BOT)
    both.run("push")
    both.run("pull", folder="elsewhere")
    both.edit("bot.yaml", "Hello", "Mine")
    both.run("push")
    both.edit("bot.yaml", "Hello", "Other", folder="elsewhere")
    with pytest.raises(SystemExit, match="went on on both sides"):
        both.run("push", folder="elsewhere")


def test_files_whose_order_git_keeps_need_no_version_written_back(both: Both) -> None:
    path = both.write("bot.yaml", BOT)
    both.run("push")
    committed = path.read_text()
    for text in ("One", "Two", "Three"):
        path.write_text(committed.replace("Hello", text))
        both.run("push", "--from-git", "--publish", "production")
    assert both.released("bot") == {"production": Number(0, 3)}
    both.edit_stored("bot", "On the dashboard")
    path.write_text(committed.replace("Hello", "Four"))
    with pytest.raises(SystemExit, match="went on on both sides"):
        both.run("push", "--from-git")


def test_a_file_that_names_no_version_does_not_overwrite_a_prompt(both: Both) -> None:
    both.write("bot.yaml", BOT)
    both.run("push")
    both.write("bot.yaml", BOT.replace("Hello", "Hi"))
    with pytest.raises(SystemExit, match="names no version"):
        both.run("push")


def test_prompts_are_published_after_their_partials(both: Both) -> None:
    both.write("a.yaml", "prompt: {messages: [{role: system, content: '{{hcp:z:0:dev}}'}]}\n")
    both.write("z.yaml", "prompt: {messages: [{role: system, content: Be kind.}]}\n")
    assert both.run("push", "--publish", "dev") == (
        "prompts/z.yaml: created as 0.0 in production, 0.0 published to dev\n"
        "prompts/a.yaml: created as 0.0 in production, 0.0 published to dev\n"
    )


def test_a_folder_with_an_unreadable_file_pushes_nothing(both: Both) -> None:
    both.write("bot.yaml", BOT)
    both.write("broken.yaml", "prompt: {messages: [{role: system, content: '{{hc:a:nope}}'}]}\n")
    with pytest.raises(SystemExit, match="unknown type 'nope'"):
        both.run("push")
    assert asyncio.run(both.library.search(both.organization)) == []


def test_an_environment_that_cannot_be_is_told_before_anything_is_pushed(both: Both) -> None:
    both.write("bot.yaml", BOT)
    with pytest.raises(SystemExit, match="environment's name"):
        both.run("push", "--publish", "my prod")
    assert asyncio.run(both.library.search(both.organization)) == []


def test_a_folder_that_is_not_there_is_told(both: Both) -> None:
    with pytest.raises(SystemExit, match="no folder"):
        both.run("push", folder="nowhere")
