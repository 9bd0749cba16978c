"""What the console's API says and hears of prompts."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ai_gateway.core.prompts.comparison import Line
from ai_gateway.core.prompts.language import PRODUCTION
from ai_gateway.core.prompts.variables import Variable
from ai_gateway.core.prompts.versions import Draft, Move, Prompt, Release, Summary, Version
from ai_gateway.services.prompts.library import FIRST_VERSION
from ai_gateway.services.prompts.previews import Preview

Body = Annotated[
    dict[str, object],
    Field(
        description="A chat request whose messages, tools and response format are templates.",
        examples=[{"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "You help {{customer_name}}."}]}],
    ),
]
VersionName = Annotated[str, StringConstraints(max_length=80), Field(description="`major.minor`, or a version's id.")]
Environment = Annotated[str, StringConstraints(max_length=80), Field(examples=[PRODUCTION])]
Revision = Annotated[
    int | None, Field(description="The prompt's revision that this edit was made on; 409 when it is another one now.")
]


class Said(BaseModel):
    """What comes in: no field is ignored."""

    model_config = ConfigDict(extra="forbid")


class ReleaseRow(BaseModel):
    version: str
    candidate: str | None
    percent: float = Field(description="Of users or sessions that get the candidate.")

    @classmethod
    def of(cls, release: Release) -> Self:
        candidate = str(release.candidate) if release.candidate is not None else None
        return cls(version=str(release.version), candidate=candidate, percent=release.percent)


class PromptRow(BaseModel):
    id: str
    name: str
    tags: list[str]
    environments: dict[str, ReleaseRow]
    latest: str
    author: str
    created: datetime
    updated: datetime
    revision: int

    @classmethod
    def of(cls, prompt: Prompt) -> Self:
        return cls(
            id=prompt.id,
            name=prompt.name,
            tags=list(prompt.tags),
            environments={name: ReleaseRow.of(release) for name, release in sorted(prompt.environments.items())},
            latest=str(prompt.latest),
            author=prompt.author,
            created=moment(prompt.created),
            updated=moment(prompt.updated),
            revision=prompt.revision,
        )


class PromptPage(BaseModel):
    data: list[PromptRow]
    total: int


class VersionRow(BaseModel):
    id: str
    version: str
    message: str
    author: str
    origin: str
    created: datetime
    tags: list[str]
    model: str
    environments: list[str]

    @classmethod
    def of(cls, summary: Summary, prompt: Prompt) -> Self:
        return cls(**_version_fields(summary, prompt))


class VersionWithBody(VersionRow):
    body: dict[str, object]

    @classmethod
    def with_body(cls, version: Version, prompt: Prompt) -> Self:
        return cls(**_version_fields(version.summary, prompt), body=version.body)


class Saved(BaseModel):
    prompt: PromptRow
    version: VersionRow


class MoveRow(BaseModel):
    environment: str
    kind: str
    before: ReleaseRow | None
    after: ReleaseRow | None
    author: str
    moved: datetime

    @classmethod
    def of(cls, move: Move) -> Self:
        return cls(
            environment=move.environment,
            kind=move.kind,
            before=ReleaseRow.of(move.before) if move.before else None,
            after=ReleaseRow.of(move.after) if move.after else None,
            author=move.author,
            moved=moment(move.moved),
        )


class DraftRow(BaseModel):
    body: dict[str, object]
    base: str
    author: str
    saved: datetime
    revision: int

    @classmethod
    def of(cls, draft: Draft) -> Self:
        return cls(
            body=draft.body,
            base=str(draft.base),
            author=draft.author,
            saved=moment(draft.saved),
            revision=draft.revision,
        )


class LineRow(BaseModel):
    kind: str = Field(description="same, removed, added, or gap for lines left out.")
    text: str
    before: int | None
    after: int | None

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(kind=line.kind, text=line.text, before=line.before, after=line.after)


class Difference(BaseModel):
    lines: list[LineRow] = Field(description="Nothing when both are the same.")


class VariableRow(BaseModel):
    name: str
    type: str
    default: str | None

    @classmethod
    def of(cls, variable: Variable) -> Self:
        return cls(name=variable.name, type=variable.type, default=variable.default)


class PreviewRow(BaseModel):
    request: dict[str, object] = Field(description="What would be sent.")
    tokens: int = Field(description="An estimate of the prompt's tokens, from its length.")
    variables: list[VariableRow]
    version: str | None
    environment: str | None

    @classmethod
    def of(cls, preview: Preview) -> Self:
        return cls(
            request={**preview.request},
            tokens=preview.tokens,
            variables=[VariableRow.of(variable) for variable in preview.variables],
            version=str(preview.use.version) if preview.use else None,
            environment=preview.use.environment if preview.use else None,
        )


class NewPrompt(Said):
    name: str
    body: Body
    id: str | None = Field(
        None, description="1 to 64 letters, digits, hyphens and underscores; six at random if unset."
    )
    message: str = FIRST_VERSION
    tags: list[str] = []
    environments: list[str] = [PRODUCTION]


class Description(Said):
    name: str | None = None
    tags: list[str] | None = None
    revision: Revision = None


class NewVersionOf(Said):
    body: Body | None = Field(None, description="Unset for what the draft holds.")
    message: str = ""
    tags: list[str] = []
    base: str | None = Field(
        None, description="The version it goes on from, which decides its number; by default the latest."
    )
    major: bool = False
    environment: str | None = Field(None, description="Publish it there at once.")
    revision: Revision = None


class Publication(Said):
    environment: Environment = PRODUCTION
    version: VersionName
    percent: float = Field(100, description="Under 100 it is rolled out next to the version that is there now.")
    revision: Revision = None


class Rollback(Said):
    environment: Environment = PRODUCTION
    revision: Revision = None


class DraftOf(Said):
    body: Body
    base: str | None = None
    revision: int | None = Field(None, description="The draft's revision that this goes on from; 0 for a new draft.")


class PreviewOf(Said):
    inputs: dict[str, object] = {}
    version: VersionName | None = None
    environment: str | None = None
    messages: list[dict[str, object]] = Field([], description="Messages of the request, after those stored.")
    user: str = Field("", description="Whose version of a rollout to show.")


class UnsavedPreview(Said):
    body: Body
    inputs: dict[str, object] = {}


class UnsavedBody(Said):
    body: Body


class Variables(BaseModel):
    variables: list[VariableRow]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _version_fields(summary: Summary, prompt: Prompt) -> dict[str, object]:
    return {
        "id": summary.id,
        "version": str(summary.number),
        "message": summary.message,
        "author": summary.author,
        "origin": summary.origin,
        "created": moment(summary.created),
        "tags": list(summary.tags),
        "model": summary.model,
        "environments": list(prompt.environments_of(summary.number)),
    }
