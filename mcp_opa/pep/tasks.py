"""Whose a task is: a call that goes on after its answer, and of which later requests speak.

Guarantees: a task belongs to the caller whose allowed call made it, and to nobody else. Bounded: the oldest are
forgotten, and then belong to nobody.
"""

from __future__ import annotations

from collections import OrderedDict

from mcp_opa.model import Json, Subject

MOST = 10_000


class Tasks:
    """The tasks of one server."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, str] = OrderedDict()

    def made(self, result: dict[str, Json], subject: Subject) -> str | None:
        """Take note of a task that a call was answered with; its id, if it was one."""
        if type(task := result.get("task")) is not dict:  # as 2025-11-25 has it
            task = result if result.get("resultType") == "task" else {}
        if type(id_ := task.get("taskId")) is not str:
            return None
        self._owners.setdefault(id_, subject.id)
        if len(self._owners) > MOST:
            self._owners.popitem(last=False)
        return id_

    def owned(self, id_: Json, subject: Subject) -> bool:
        """Whether there is such a task, and it is this caller's."""
        return type(id_) is str and self._owners.get(id_) == subject.id

    def of(self, subject: Subject, listed: list[Json]) -> list[Json]:
        """The entries of a list that are this caller's."""
        return [task for task in listed if type(task) is dict and self.owned(task.get("taskId"), subject)]
