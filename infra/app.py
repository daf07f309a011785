"""`cdk deploy -c stage=dev`: reads the strategy, builds the assets, draws the stack."""

import sys
from pathlib import Path

from aws_cdk import App, CliCredentialsStackSynthesizer

from hub.authoring import StrategyProblems, compile_strategy
from hub.connector_kit import Connector, discover
from hub.errors import ConfigurationError
from hub.strategy.strategy import Strategy
from infra import dependencies
from infra.context import ROOT, Choices, choices_of, chosen_connectors
from infra.hub_stack import HubStack
from infra.packaging import Assets


def main() -> None:
    app = App()
    try:
        build(app)
    except (ConfigurationError, StrategyProblems) as error:
        sys.exit(str(error))
    app.synth()


def build(app: App) -> HubStack:
    choices = choices_of(app.node)
    connectors = discover()
    assets = Assets(
        dependencies=None if choices.stage.local else dependencies.install(),
        strategy=_compiled(choices, connectors),
    )
    strategy = Strategy.load(assets.strategy / "strategy")
    chosen = chosen_connectors(choices.connectors, strategy, connectors)
    return HubStack(
        app, choices, strategy=strategy, connectors=chosen, assets=assets, synthesizer=_synthesizer(choices)
    )


def _synthesizer(choices: Choices) -> CliCredentialsStackSynthesizer | None:
    """The emulator needs no `cdk bootstrap`, only a bucket for the assets."""
    if not choices.stage.local:
        return None
    return CliCredentialsStackSynthesizer(file_assets_bucket_name=choices.stage.named("assets"))


def _compiled(choices: Choices, connectors: list[Connector]) -> Path:
    directory = ROOT / ".hub" / "strategy" / choices.stage.name
    compile_strategy(choices.strategy, directory / "strategy", connectors)
    return directory


if __name__ == "__main__":
    main()
