"""The command line: one file for each family of verbs, each verb a few lines that call one thing.

Exit status: 0 done, 1 done but something is wrong, 2 usage or configuration error.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from maildesk.adapters.logs import configure_logs
from maildesk.adapters.store import StoreError
from maildesk.cli import configuration, demo, doctor, explain, holding, looking, replaying, rules, running, sampling
from maildesk.cli.printing import fail
from maildesk.config import ConfigError, find_config_dir

app = typer.Typer(
    name="maildesk",
    help="An email-driven help desk: mail in, ticket, rules, answer out, nothing lost.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for family in (running, looking, holding, explain, configuration, rules, replaying, sampling, doctor, demo):
    family.add_to(app)


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="DIR",
            help="Configuration directory (default: $MAILDESK_CONFIG, ./config, /etc/maildesk).",
        ),
    ] = None,
) -> None:
    """Find the configuration directory; every verb is told it. Log lines never mix with what a verb prints."""
    configure_logs("text", os.environ)
    context.obj = find_config_dir(config, os.environ)


def main() -> None:
    """Run the command line; configuration and database trouble ends in sentences, never in a traceback."""
    try:
        app()
    except ConfigError as error:
        fail(*(str(problem) for problem in error.problems), status=2)
    except StoreError as error:
        fail(str(error), status=2)
    except BrokenPipeError:
        # The reader of a pipe (head, less) left; that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
