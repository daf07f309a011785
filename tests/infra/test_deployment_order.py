"""In which order CloudFormation changes things, where that matters."""

from hub.connector_kit import discover
from tests.moto_stack import Template, resources

STANDING = {"react_to_changes", "run_journey_step", *(one.slug for one in discover())}


def test_who_enrolls_is_deployed_after_all_that_must_know_a_new_journey(prod: Template) -> None:
    names = {
        logical_id: properties["FunctionName"].removeprefix("hub-prod-")
        for logical_id, properties in resources(prod, "AWS::Lambda::Function")
    }
    [enrolls] = [one for one, name in names.items() if name == "update_profiles"]

    ahead = {names.get(one) for one in prod["Resources"][enrolls]["DependsOn"]}

    assert ahead >= STANDING
