"""Where webhooks may go, and where not, however it is written."""

from ipaddress import ip_address

import pytest

from registrar.domain import destination

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize("text", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_internet_may_be_told(text: str) -> None:
    """Either kind of address."""
    assert destination.allowed(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",  # noqa: S104 - refused, not listened on
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.9.9.9",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        f"::ffff:{PUBLIC}",
        "64:ff9b::10.0.0.1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2002:a00:1::1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "5f00::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b:1::127.0.0.1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_nothing_inside_may_be_told(text: str) -> None:
    """Private, local, special, of many, or one that stands for such an address."""
    assert not destination.allowed(ip_address(text))


def test_this_host_may_be_told_where_that_is_wished_for() -> None:
    """It alone."""
    assert destination.allowed(ip_address("127.0.0.1"), local=True)
    assert destination.allowed(ip_address("::1"), local=True)
    assert not destination.allowed(ip_address("10.0.0.1"), local=True)
    assert not destination.allowed(ip_address("::ffff:127.0.0.1"), local=True)


@pytest.mark.parametrize(
    "host", ["2130706433", "127.1", "0x7f.1", "0X7F000001", "0177.0.0.1", "127.0.0.1.", "a.0x", "0"]
)
def test_a_number_that_is_no_address_is_no_name_either(host: str) -> None:
    """Some would connect to what it stands for."""
    assert destination.numeric(host)
    assert destination.refused(host, local=True)
    assert destination.problem(f"https://{host}/", local=True) != ""


@pytest.mark.parametrize("host", ["a.example", "a1.example", "1a", "0xg.example", "a.example.", ""])
def test_a_name_does_not_look_like_a_number(host: str) -> None:
    """What it leads to is seen when it is looked up."""
    assert not destination.numeric(host)
    assert not destination.refused(host)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/a?b=c",
        "https://hooks.example:8443",
        f"https://{PUBLIC}/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    ],
)
def test_an_address_that_may_be(url: str) -> None:
    """HTTPS, to a name or an address."""
    assert destination.problem(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "http://hooks.example/",
        "ftp://hooks.example/",
        "https://",
        "https:///path",
        "https://[::1",
        "https://hooks.example:port/",
        "https://user@hooks.example/",
        "https://:secret@hooks.example/",
        "https://hooks.example/#here",
        "https://hooks.example/ x",
        "https://hooks.example/\r\nX: y",
        "https://hooks.exämple/",
        f"https://hooks.example/{'x' * 512}",
        "https://127.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://192.168.0.1/",
        "http://127.0.0.1/",
        "http://localhost/",
    ],
)
def test_an_address_that_may_not_be(url: str) -> None:
    """With a sentence that says why."""
    assert destination.problem(url).endswith(".")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]:8080", "localhost"])
def test_an_address_of_this_host_needs_no_tls(host: str) -> None:
    """Where it is wished for: its traffic leaves nobody."""
    assert destination.problem(f"http://{host}/", local=True) == ""
    assert destination.problem(f"https://{host}/", local=True) == ""
    assert destination.problem("http://hooks.example/", local=True) != ""
    assert destination.problem("http://10.0.0.1/", local=True) != ""
