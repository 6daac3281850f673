"""Who calls, as an application says it.

Guarantees: only a subject with a name, or a name, is somebody; whatever else an application says is nobody. It asks no
message.
"""

from __future__ import annotations

from collections.abc import Callable

from mcp_opa.model import Subject

Actor = Subject | str | None | Callable[[], Subject | str | None]
"""A subject, an id, or what gives one for each call."""


def named(said: object, auth_method: str) -> Subject | None:
    """The subject that is meant; `auth_method` is how it was proved where only an id is said. None is nobody."""
    if isinstance(said, str) and said:
        return Subject(said, auth_method=auth_method)
    return said if isinstance(said, Subject) and said.id else None
