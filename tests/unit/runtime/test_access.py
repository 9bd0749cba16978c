"""Base URLs from the environment and the table: which are taken."""

import pytest

from ai_gateway.core.catalog.additions import Additions, ProviderSetting
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.runtime.access import Surroundings, UnsafeBaseUrl, access_from, check_base_url

PRIVATE = [
    *("http://127.0.0.1:8000/v1", "http://[::1]:8000", "http://localhost:11434/v1", "http://LOCALHOST./v1"),
    *("http://10.1.2.3", "https://metadata.google.internal", "http://[::ffff:10.0.0.1]", "http://172.16.0.1"),
    *("http://box.local", "http://100.64.0.1", "http://[fd12::1]"),
]
FORBIDDEN = [
    *("http://169.254.169.254/latest/meta-data", "http://[fd00:ec2::254]", "http://[::ffff:169.254.169.254]"),
    *("http://2852039166", "http://0xa9fea9fe", "http://0251.0376.0251.0376", "http://127.1", "http://2130706433/v1"),
    *("http://[fe80::1]", "http://0.0.0.0:8000", "http://100.100.100.200", "http://1.1.1.1."),
]
NO_BASE_URLS = [
    *("ftp://example.com", "file:///etc/passwd", "example.com/v1", "https://", "https://user:secret@example.com/v1"),
    *("https://example.com/v1?key=1", "https://example.com/v1#fragment", "gopher://example.com"),
    *("http://example.com:99999", "http://example.com:x", "http://example.com:0"),
]


@pytest.mark.parametrize("url", PRIVATE)
def test_private_base_urls_are_taken_only_where_the_setting_allows_them(url: str) -> None:
    with pytest.raises(UnsafeBaseUrl, match="AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS"):
        check_base_url(url, allow_private=False)
    assert check_base_url(url, allow_private=True) == url


@pytest.mark.parametrize("url", [*FORBIDDEN, *NO_BASE_URLS])
def test_no_setting_lets_a_base_url_point_to_metadata_or_be_anything_but_http(url: str) -> None:
    for allow_private in (False, True):
        with pytest.raises(UnsafeBaseUrl):
            check_base_url(url, allow_private=allow_private)


@pytest.mark.parametrize(
    "url", ["https://eu.api.openai.com/v1", "http://93.184.215.14:8080/v1", "https://bücher.example/v1"]
)
def test_public_base_urls_are_taken(url: str) -> None:
    assert check_base_url(url, allow_private=False) == url


@pytest.mark.parametrize("name", ["AI_GATEWAY_OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"])
def test_a_base_url_of_the_environment_is_checked(name: str) -> None:
    with pytest.raises(UnsafeBaseUrl):
        access_from(Surroundings({name: "http://169.254.169.254"}, frozenset()), PROVIDERS)


def test_one_wrong_base_url_in_the_table_does_not_take_the_others_along(caplog: pytest.LogCaptureFixture) -> None:
    inside = "http://user:s3cr3t@10.0.0.1/v1"
    additions = Additions(
        {
            "bad": Deployment("bad", "vllm", base_url=inside),
            "good": Deployment("good", "vllm", base_url="https://vllm.example/v1"),
        },
        {"groq": ProviderSetting("groq", inside), "openai": ProviderSetting("openai")},
    )
    access = access_from(Surroundings({}, frozenset()), PROVIDERS, additions=additions)
    assert set(access.deployments) == {"good"}
    assert set(access.providers) == {"openai"}
    assert "s3cr3t" not in caplog.text
    assert "'bad'" in caplog.text
