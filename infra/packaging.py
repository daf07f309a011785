"""From a module of functions/ to a Lambda: its asset, layers, settings, logs. No Docker."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Duration, IgnoreMode, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from hub.errors import ConfigurationError
from hub.settings import Settings
from infra.context import ROOT
from infra.stages import Stage

FUNCTIONS = ROOT / "functions"
HUB_LAYER = ROOT / "layers" / "hub"
RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


@dataclass(frozen=True, kw_only=True)
class Assets:
    """Directories that are built before synthesis."""

    dependencies: Path | None
    """None on this machine, where they are installed beside the emulator."""
    strategy: Path
    """Holds strategy/strategy.json."""


class Layers(Construct):
    def __init__(self, scope: Construct, stage: Stage, assets: Assets) -> None:
        super().__init__(scope, "Layers")
        # hub.authoring reads YAML, which is done before synthesis.
        hub = self._layer("Hub", HUB_LAYER, exclude=["**/__pycache__", "**/hub/authoring"])
        self.hub = [hub]
        self.all = [hub]
        self.strategy_path = str(assets.strategy / "strategy")
        if not stage.local:
            # The emulator has no /opt: there, the strategy is read where it lies.
            self.strategy_path = "/opt/strategy"
            self.all += [
                self._layer("Dependencies", assets.dependencies),
                self._layer("Strategy", assets.strategy),
            ]

    def _layer(
        self, name: str, directory: Path | None, exclude: list[str] | None = None
    ) -> lambda_.LayerVersion:
        if directory is None:
            raise ConfigurationError(f"the {name} layer was not built")
        return lambda_.LayerVersion(
            self,
            name,
            code=lambda_.Code.from_asset(str(directory), exclude=exclude or []),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )


class HubFunction(lambda_.Function):
    """`module` of functions/ as a Lambda that is told `settings`."""

    def __init__(
        self,
        scope: Construct,
        module: str,
        *,
        stage: Stage,
        layers: list[lambda_.LayerVersion],
        settings: Settings,
        timeout: Duration,
        memory: int = 512,
    ) -> None:
        name = stage.named(module.rpartition(".")[2])
        super().__init__(
            scope,
            _construct_id(module),
            function_name=name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=f"{module}.handler",
            code=_code(module),
            layers=layers,
            environment=settings.to_environment(),
            timeout=timeout,
            memory_size=memory,
            # A journey's machine traces its steps. An event starts no trace of its own: X-Ray would take the
            # first of every second, and cost more than all else that is done with it (docs/scaling.md).
            tracing=lambda_.Tracing.DISABLED if stage.local else lambda_.Tracing.PASS_THROUGH,
            log_group=_log_group(scope, module, name, stage),
            # Lambda's own START, END and REPORT lines cost more than most of our Lambdas do.
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )


def _code(module: str) -> lambda_.Code:
    """Only this module (and what its package shares), so that an edit republishes one Lambda."""
    path = f"{module.replace('.', '/')}.py"
    if not (FUNCTIONS / path).is_file():
        raise ConfigurationError(f"functions/{path} does not exist: a Lambda of infra/ is made of it")
    package = path.rpartition("/")[0]
    shared = (
        [f"!/{package}", f"/{package}/*", f"!/{package}/__init__.py", f"!/{package}/_*.py"] if package else []
    )
    return lambda_.Code.from_asset(
        str(FUNCTIONS), exclude=["/*", *shared, f"!/{path}", "__pycache__"], ignore_mode=IgnoreMode.GIT
    )


def _log_group(scope: Construct, module: str, name: str, stage: Stage) -> logs.LogGroup:
    return logs.LogGroup(
        scope,
        f"{_construct_id(module)}Logs",
        log_group_name=f"/aws/lambda/{name}",
        retention=stage.log_retention,
        removal_policy=RemovalPolicy.DESTROY,
    )


def _construct_id(module: str) -> str:
    return "".join(word.capitalize() for word in module.rpartition(".")[2].split("_"))
