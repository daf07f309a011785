"""`hub`: one command for everything one does with a hub. Each subcommand is a module of its own."""

import sys
from importlib import import_module

import click
from botocore.exceptions import BotoCoreError, ClientError

from hub.errors import HubError

COMMANDS = {
    "up": "cli.stack:up",
    "down": "cli.stack:down",
    "demo": "cli.demo.command:demo",
    "check": "cli.check:check",
    "send": "cli.send:send",
    "import": "cli.imports:import_",
    "profile": "cli.profile:profile",
    "segment": "cli.segment:segment",
    "journey": "cli.journey:journey",
    "backtest": "cli.backtest:backtest",
    "connector": "cli.connector:connector",
    "quarantine": "cli.quarantine:quarantine",
    "dlq": "cli.dlq:dlq",
}
"""Name -> where it lives; imported when it is asked for, so that `hub send` does not wait for CDK."""

_FAILED, _WRONG_USAGE = 1, 2


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def hub() -> None:
    """The Customer Data Hub: segment once, act everywhere, stop everywhere.

    Commands work on the stack that `hub up` runs on this machine, or on AWS with --stage NAME.
    Exit codes: 0 done, 1 failed, 2 wrong usage.
    """


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code; errors are told on stderr in one sentence that says what to do."""
    try:
        result = hub.main(arguments, prog_name="hub", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return _WRONG_USAGE
    except click.ClickException as error:
        error.show()
        return _FAILED
    except (click.Abort, KeyboardInterrupt):
        return _fail("stopped")
    except HubError as error:
        return _fail(str(error))
    except (BotoCoreError, ClientError) as error:
        return _fail(f"AWS: {error}")
    return result if isinstance(result, int) else 0


def _fail(sentence: str) -> int:
    click.echo(f"Error: {sentence}", err=True)
    return _FAILED


if __name__ == "__main__":
    main()
