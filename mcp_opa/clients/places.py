"""Where the common clients keep their configurations.

Guarantees: none: clients move their files. What isn't listed here can be named.
"""

from __future__ import annotations

from pathlib import Path

_CODE = (".config/Code/User", "Library/Application Support/Code/User")
_HOME = (
    ".config/Claude/claude_desktop_config.json",
    "Library/Application Support/Claude/claude_desktop_config.json",
    ".claude.json",
    ".cursor/mcp.json",
    ".codeium/windsurf/mcp_config.json",
    *(f"{folder}/{name}" for folder in _CODE for name in ("mcp.json", "settings.json")),
    *(f"{folder}/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json" for folder in _CODE),
    ".gemini/settings.json",
    ".codex/config.toml",
    ".aws/amazonq/mcp.json",
    ".kiro/settings/mcp.json",
    ".lmstudio/mcp.json",
    ".config/zed/settings.json",
)
_PROJECT = (
    ".mcp.json",
    "mcp.json",
    ".cursor/mcp.json",
    ".vscode/mcp.json",
    ".vscode/settings.json",
    ".gemini/settings.json",
    ".codex/config.toml",
    ".kiro/settings/mcp.json",
    ".roo/mcp.json",
    ".zed/settings.json",
)


def of_user(home: Path) -> list[Path]:
    """The configurations that are there for a user."""
    return _there(home, _HOME)


def of_project(folder: Path) -> list[Path]:
    """The configurations that a project's folder brings along."""
    return _there(folder, _PROJECT)


def _there(folder: Path, names: tuple[str, ...]) -> list[Path]:
    return [folder / name for name in names if (folder / name).is_file()]
