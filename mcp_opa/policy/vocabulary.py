"""What names mean where a policy doesn't say: verbs in a tool's name, and the arguments that constraints read.

Guarantees: the words of a name are those that `mcp.lib.words` finds. Does not guess beyond these lists.
"""

import re
from typing import Literal

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "path": (
        *("path", "filepath", "file_path", "filePath", "file", "filename", "file_name"),
        *("source", "src", "source_path", "destination", "dest", "dst", "destination_path", "old_path", "new_path"),
        *("repo_path", "directory", "dir", "folder", "root", "cwd"),
    ),
    "paths": ("paths",),
    "sql": ("query", "sql", "statement"),
    "url": ("url", "uri", "href", "link"),
    "urls": ("urls",),
    "content": ("content", "contents", "text", "data", "body"),
}
"""Names of arguments that are judged by default, by what they hold; `paths` and `urls` hold arrays."""

_READ = """
    browse cat check compare count describe diff exists explain fetch find get glob grep head help info inspect list
    lookup ls peek ping preview query read resolve retrieve scan search select show stat status summarise summarize
    tail tree validate verify version view whoami
"""
READ_VERBS = frozenset(_READ.split())
"""A tool whose name begins with one of these reads."""

_WRITE = """
    abort accept activate add allow alter amend append apply approve archive assign attach backup ban block book
    build buy call cancel change charge checkout chmod chown clean clear click clone close comment commit compress
    configure connect copy create cut deactivate decrypt delete deny deploy destroy detach disable disconnect
    dismiss download drop duplicate edit eject email empty enable encrypt erase eval evaluate exec execute fill
    flush force fork format generate grant halt import init initialise initialize inject insert install invalidate
    invite invoke join kick kill launch leave link load lock login logout mark merge migrate mkdir modify mount move
    mute mv notify order overwrite patch pause pay persist pin place post press promote provision publish pull purge
    push put rebase reboot record refund register reject release reload remove rename replace reply reset resize
    restart restore resume revert revoke rewrite rm rmdir rollback rotate run save schedule seed send set share
    shell shred shutdown sign spawn start stash stop store submit subscribe suspend swap switch sync tag terminate
    toggle touch transfer trash trigger truncate type unassign unban unblock undo uninstall unlink unlock unmount
    unpin unpublish unsubscribe unzip update upgrade upload upsert use vacuum wipe write zip
"""
WRITE_VERBS = frozenset(_WRITE.split())
"""A tool whose name holds one of these, anywhere, writes."""


def words(name: str) -> tuple[str, ...]:
    """The words of a name, lower case: they end at what is no letter or digit, and where upper case follows lower."""
    return tuple(word.lower() for word in re.findall(r"[A-Za-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)))


def access(name: str) -> Literal["read", "write"]:
    """What a tool of this name does where nobody says: `mcp.lib.words.access`."""
    found = words(name)
    return "read" if found and found[0] in READ_VERBS and WRITE_VERBS.isdisjoint(found) else "write"
