"""How what is deployed is called: infra/ gives these names, the Lambdas and the command line go by them."""

METRIC_NAMESPACE = "CustomerDataHub"
"""Of every number that a Lambda writes down."""


def stack_name(stage: str) -> str:
    return f"hub-{stage}"


def named(stage: str, thing: str) -> str:
    """A queue, a Lambda, a machine, …: `thing` is its name within the stage."""
    return f"{stack_name(stage)}-{thing}"


def secret_name(stage: str, slug: str) -> str:
    """Where a connector's credentials lie."""
    return f"hub/{stage}/{slug}"
