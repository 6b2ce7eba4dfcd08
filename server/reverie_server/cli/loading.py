"""Settings for a command: its flags over the environment over the file, or why not."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Final

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from reverie.address import FORM, host_and_port
from reverie_server.settings import SETTINGS_FILE, Settings

WRONG_SETTINGS = 2
"""Exit code, as for flags that do not exist."""

_MESSAGES: Final = {"extra_forbidden": "there is no such setting"}
"""In place of those of pydantic, by the type of its error."""


def load_settings(settings_file: Path | None = None, **flags: Any) -> Settings:
    """Flags that are None were not given. Leaves the program when the settings are wrong."""
    try:
        return try_settings(settings_file, **flags)
    except InvalidSettings as error:
        for problem in error.problems:
            typer.echo(f"reverie: {problem}", err=True)
        raise typer.Exit(WRONG_SETTINGS) from None


class InvalidSettings(Exception):
    """What is wrong with the settings, a sentence each, without their values."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def try_settings(settings_file: Path | None = None, **flags: Any) -> Settings:
    """Commands that look for the running server have a flag ``address``, given or None: only they
    care what the setting looks like.

    Raises:
        InvalidSettings: they are no settings of this server.
    """
    if settings_file is not None:
        os.environ[SETTINGS_FILE] = str(settings_file)  # noqa: TID251 - the reader reads it there
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise InvalidSettings(
            [
                f"{'.'.join(str(part) for part in problem['loc']) or 'settings'}:"
                f" {_MESSAGES.get(problem['type'], problem['msg']).removeprefix('Value error, ')}"
                for problem in error.errors(include_url=False, include_input=False)
            ]
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings([f"the settings file is not TOML: {error}"]) from None
    except SettingsError as error:
        # Its text names the field and not the value.
        raise InvalidSettings([f"{error}: it has to be JSON"]) from None
    except OSError as error:
        what = error.filename or "the settings file"
        raise InvalidSettings([f"{what} cannot be read: {error.strerror}"]) from None
    if "address" in flags and settings.address is not None:
        try:
            host_and_port(settings.address)
        except ValueError:
            raise InvalidSettings([f"address: must be {FORM}"]) from None
    return settings
