"""Addresses and files, as the gateway's document writes them.

Guarantees: a value that passes is plain; one that doesn't is told in two sentences. It resolves no name and opens no
file.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Strict, ValidationInfo

from mcp_opa.policy.words import checked, fault

_List = Strict(strict=False)
"""Lists become tuples; their items stay strict."""
FOLDER = "folder"
"""In the context of a validation: where names of files begin."""
_LARGEST_PORT = 65535
_HOST = r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}"
_LISTEN = re.compile(rf"({_HOST}):([0-9]{{1,5}})")
_URL = re.compile(rf"https?://({_HOST})(:[0-9]{{1,5}})?(/[!-\"$-~]*)?")
_ORIGIN = re.compile(rf"https?://({_HOST})(:[0-9]{{1,5}})?")
_NAME = re.compile(rf"({_HOST})(:[0-9]{{1,5}})?")


def _placed(name: str, info: ValidationInfo) -> str:
    """A file's name, from the document's folder."""
    if not name or "\0" in name:
        raise fault("this is no name of a file", "write one, as `keys.yaml`; it is looked for beside this document")
    return str(Path(info.context[FOLDER]) / name) if info.context else name


def _keys_placed(name: str, info: ValidationInfo) -> str:
    return name if "://" in name else _placed(name, info)


def _url_problem(text: str) -> str | None:
    ends = "write http://host:port/path or https://host/path, without user and password"
    return None if _URL.fullmatch(text) else f"this is no address of a server: {ends}"


def _origin_problem(text: str) -> str | None:
    return None if _ORIGIN.fullmatch(text) else "this is no origin: write `https://app.example.com`"


def _name_problem(text: str) -> str | None:
    return None if _NAME.fullmatch(text) else "this is no host: write it as clients do, `gate.example.com`"


def _listen_problem(text: str) -> str | None:
    found = _LISTEN.fullmatch(text)
    if not found or int(found[2]) > _LARGEST_PORT:
        return "this is no address to listen at: write host and port, `127.0.0.1:8080`"
    return None


def _inner_problem(text: str) -> str | None:
    if told := _listen_problem(text):
        return told
    return None if loopback(text) else "health is told on loopback alone: write `127.0.0.1:8081`"


def _redis_problem(text: str) -> str | None:
    known = text.startswith(("redis://", "rediss://", "redis+unix://"))
    return None if known else "this is no address of a Redis: write `redis://host:6379`"


def loopback(address: str) -> bool:
    """Whether `host:port` is reached from this machine alone."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


File = Annotated[str, AfterValidator(_placed)]
Keys = Annotated[str, AfterValidator(_keys_placed)]
Url = Annotated[str, checked(_url_problem, "`https://files.example.com/mcp`")]
Listen = Annotated[str, checked(_listen_problem, "`127.0.0.1:8080`")]
Inner = Annotated[str, checked(_inner_problem, "`127.0.0.1:8081`")]
Origins = Annotated[tuple[Annotated[str, checked(_origin_problem, "`https://app.example.com`")], ...], _List]
Hosts = Annotated[tuple[Annotated[str, checked(_name_problem, "`gate.example.com`")], ...], _List]
Text = Annotated[str, checked(lambda text: None if text.strip() else "this is empty: write a text", "this")]
Texts = Annotated[tuple[Text, ...], _List]
Redis = Annotated[str, checked(_redis_problem, "`redis://host:6379`")]
