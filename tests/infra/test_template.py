"""What must hold of every stack, whatever its parameters."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import ROOT
from tests.infra.conftest import TEMPLATES, Template
from tests.sam_cli import run, sam

PACKAGE = ROOT / "layers/ai_gateway/python/ai_gateway"
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
ACTIONS = {
    "GatewayRole": LOGS
    | {
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "secretsmanager:GetSecretValue",
        "sqs:SendMessage",
    },
    "ConsoleRole": LOGS
    | {"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"}
    | {
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:RestoreSecret",
    },
    "AlertsRole": LOGS
    | {"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"}
    | {"secretsmanager:GetSecretValue"}
    | {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"},
    "RollupRole": LOGS
    | {"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "sqs:SendMessage"},
    "ScheduleRole": {"lambda:InvokeFunction", "sqs:SendMessage"},
}
"""What each role is for; everything else is the operator's."""

WITHOUT_RESOURCES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
"""Of which AWS can confine none: docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html."""

SCHEDULED = {"RollupFunction", "AlertsFunction"}

SAME_CODE = {"InstancesFunction": "GatewayFunction"}
"""Functions that are others elsewhere, and have their roles."""


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"] for name, resource in template["Resources"].items() if resource["Type"] == kind
    }


def statements(template: Template) -> Iterator[dict[str, Any]]:
    for role in resources(template, "AWS::IAM::Role").values():
        for policy in role["Policies"]:
            yield from policy["PolicyDocument"]["Statement"]
    for kind in ("AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"):
        for policy in resources(template, kind).values():
            yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_sam_finds_no_fault() -> None:
    assert "is a valid SAM Template" in sam("validate", "--lint", cwd=ROOT)


def test_cloudformation_linter_finds_no_fault_in_nested_stacks() -> None:
    assert run("cfn-lint", *TEMPLATES[1:], cwd=ROOT) == ""


def test_every_nested_template_is_part_of_the_stack(stack: Template) -> None:
    nested = {properties["TemplateURL"] for properties in resources(stack, "AWS::CloudFormation::Stack").values()}
    assert nested == set(TEMPLATES[1:]) == {f"infra/{path.name}" for path in (ROOT / "infra").glob("*.yaml")}


def test_nested_stacks_get_the_parameters_that_they_have(templates: Mapping[str, Template], stack: Template) -> None:
    for properties in resources(stack, "AWS::CloudFormation::Stack").values():
        declared = templates[properties["TemplateURL"]]["Parameters"]
        given = properties["Parameters"].keys()
        assert given <= declared.keys()
        assert {name for name, parameter in declared.items() if "Default" not in parameter} <= given


def test_every_function_has_timeout_memory_log_group_and_a_role_of_its_own(stack: Template) -> None:
    functions = resources(stack, "AWS::Lambda::Function")
    assert functions
    for name, function in functions.items():
        assert {"Timeout", "MemorySize", "Role"} <= function.keys(), name
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in resources(stack, "AWS::Logs::LogGroup")
    roles = {name: str(function["Role"]) for name, function in functions.items() if name not in SAME_CODE}
    assert len(roles) == len(set(roles.values()))
    assert all(functions[name]["Role"] == functions[other]["Role"] for name, other in SAME_CODE.items())


def test_every_log_group_forgets(stack: Template) -> None:
    assert all("RetentionInDays" in group for group in resources(stack, "AWS::Logs::LogGroup").values())


def test_what_is_invoked_asynchronously_is_retried_and_then_kept(stack: Template) -> None:
    schedules = resources(stack, "AWS::Scheduler::Schedule").values()
    assert {schedule["Target"]["Arn"]["Fn::GetAtt"][0] for schedule in schedules} == SCHEDULED
    for schedule in schedules:
        assert schedule["Target"]["DeadLetterConfig"]["Arn"]
        assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0
        assert schedule["Target"]["RoleArn"] == {"Fn::GetAtt": ["ScheduleRole", "Arn"]}
    kept = resources(stack, "AWS::Lambda::EventInvokeConfig").values()
    assert {config["FunctionName"]["Ref"] for config in kept} == SCHEDULED
    assert all(config["DestinationConfig"]["OnFailure"]["Destination"] for config in kept)


def test_no_statement_is_for_everything(stack: Template) -> None:
    found = list(statements(stack))
    assert found
    for statement in found:
        assert statement["Sid"]
        assert "*" not in as_list(statement["Resource"]) or set(statement["Action"]) == WITHOUT_RESOURCES
        assert not any("*" in action for action in as_list(statement["Action"])), statement["Sid"]
    assert all("ManagedPolicyArns" not in role for role in resources(stack, "AWS::IAM::Role").values())


def test_every_role_allows_what_it_is_for(stack: Template) -> None:
    allowed = {
        name: {
            action
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
            for action in as_list(statement["Action"])
        }
        for name, role in resources(stack, "AWS::IAM::Role").items()
    }
    assert allowed == ACTIONS


def test_traces_are_written_only_where_the_stack_asks_for_them(stack: Template) -> None:
    assert stack["Parameters"]["Tracing"]["Default"] == "PassThrough"
    assert stack["Resources"]["TracingPolicy"]["Condition"] == "HasTracing"
    users = {role["Ref"] for role in stack["Resources"]["TracingPolicy"]["Properties"]["Roles"]}
    for name, function in resources(stack, "AWS::Lambda::Function").items():
        assert function["TracingConfig"] == {"Mode": {"Ref": "Tracing"}}, name
        assert function["Environment"]["Variables"]["AI_GATEWAY_TRACING"] == {"Ref": "Tracing"}
        assert function["Role"]["Fn::GetAtt"][0] in users


def test_every_function_may_use_the_key_of_the_table(stack: Template) -> None:
    users = {role["Ref"] for role in stack["Resources"]["KeyPolicy"]["Properties"]["Roles"]}
    functions = resources(stack, "AWS::Lambda::Function").values()
    assert users == {function["Role"]["Fn::GetAtt"][0] for function in functions}


@pytest.mark.parametrize("function", ["GatewayFunction", "InstancesFunction", "ConsoleFunction"])
def test_the_url_is_public_with_both_permissions(function: str, stack: Template) -> None:
    url = stack["Resources"][f"{function}Url"]["Properties"]
    assert url["AuthType"] == "NONE"
    permissions = {
        permission["Action"]: permission
        for permission in resources(stack, "AWS::Lambda::Permission").values()
        if permission["Principal"] == "*" and permission["FunctionName"] == url["TargetFunctionArn"]
    }
    assert permissions.keys() == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert permissions["lambda:InvokeFunctionUrl"]["FunctionUrlAuthType"] == "NONE"
    assert permissions["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True


@pytest.mark.parametrize("function", ["GatewayFunction", "InstancesFunction"])
def test_pages_of_other_origins_may_send_and_read_every_header_of_the_gateway(function: str, stack: Template) -> None:
    cors = stack["Resources"][f"{function}Url"]["Properties"]["Cors"]
    assert cors["AllowOrigins"] == ["*"]
    assert "AllowCredentials" not in cors
    assert set(cors["AllowHeaders"]) == read_headers() | {"authorization", "content-type", "x-api-key", "api-key"}
    assert set(cors["ExposeHeaders"]) == told_headers() | {"retry-after", "x-request-id"}


def test_the_console_lets_no_other_origin_in(stack: Template) -> None:
    assert "Cors" not in stack["Resources"]["ConsoleFunctionUrl"]["Properties"]


def read_headers() -> set[str]:
    """Of requests. Properties, whose names callers choose, cannot be named; pages send those in the body."""
    return set(re.findall(r'"((?:helicone|gateway)-[a-z-]*[a-z])"', (PACKAGE / "web/context.py").read_text()))


def told_headers() -> set[str]:
    """Of answers."""
    return set(re.findall(r'"((?:helicone|gateway)-[a-z-]*[a-z])"', (PACKAGE / "services/gateway.py").read_text()))


def test_the_two_gateways_differ_in_their_compute_only(stack: Template) -> None:
    one, other = (stack["Resources"][name]["Properties"] for name in ("GatewayFunction", "InstancesFunction"))
    assert one["Environment"] == other["Environment"]
    assert {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} == {
        "CapacityProviderConfig", "Description", "MemorySize", "ReservedConcurrentExecutions", "SnapStart",
    }  # fmt: skip


def test_managed_instances_are_off_unless_there_are_subnets_for_them(stack: Template) -> None:
    conditional = [name for name in stack["Resources"] if name.startswith("Instances")]
    assert len(conditional) >= 5
    assert {stack["Resources"][name]["Condition"] for name in conditional} == {"HasInstances"}
    assert stack["Parameters"]["InstanceSubnetIds"]["Default"] == ""


def test_the_gateway_is_started_by_its_wrapper_for_as_long_as_lambda_lets_it(stack: Template) -> None:
    function = stack["Resources"]["GatewayFunction"]["Properties"]
    variables = function["Environment"]["Variables"]
    wrapper = variables["AWS_LAMBDA_EXEC_WRAPPER"]
    assert (ROOT / "functions/gateway" / Path(wrapper).name).stat().st_mode & 0o111
    assert function["Timeout"] == 900
    assert variables["AI_GATEWAY_INVOKE_MODE"] == stack["Resources"]["GatewayFunctionUrl"]["Properties"]["InvokeMode"]


def test_every_function_has_alarms(stack: Template) -> None:
    watched = {
        properties["Parameters"]["FunctionName"]["Ref"]
        for properties in resources(stack, "AWS::CloudFormation::Stack").values()
        if properties["TemplateURL"] == "infra/alarms.yaml"
    }
    assert watched == resources(stack, "AWS::Lambda::Function").keys()


def test_each_function_is_watched_for_what_goes_wrong_with_functions(
    templates: Mapping[str, Template], stack: Template
) -> None:
    alarms = resources(templates["infra/alarms.yaml"], "AWS::CloudWatch::Alarm")
    assert {alarm["MetricName"] for alarm in alarms.values()} == {"Errors", "Throttles", "Duration"}
    assert all(alarm["Dimensions"][0]["Value"] == {"Ref": "FunctionName"} for alarm in alarms.values())
    assert alarms["NearTimeout"]["Threshold"] == {"Ref": "NearTimeoutMilliseconds"}
    functions = resources(stack, "AWS::Lambda::Function")
    for properties in resources(stack, "AWS::CloudFormation::Stack").values():
        if properties["TemplateURL"] == "infra/alarms.yaml":
            timeout = functions[properties["Parameters"]["FunctionName"]["Ref"]]["Timeout"] * 1000
            assert 0.7 * timeout < properties["Parameters"]["NearTimeoutMilliseconds"] < timeout


def test_schedules_that_fail_and_queues_of_failures_raise_alarms(templates: Mapping[str, Template]) -> None:
    watched = [
        (alarm["MetricName"], str(alarm["Dimensions"]))
        for path in ("infra/schedules.yaml", "infra/webhooks.yaml")
        for alarm in resources(templates[path], "AWS::CloudWatch::Alarm").values()
    ]
    depths = [dimension for metric, dimension in watched if metric == "ApproximateNumberOfMessagesVisible"]
    for queue in ("FailedEvents", "Undelivered"):
        assert any(f"'{queue}'" in dimension for dimension in depths), queue
    lost = {metric for metric, dimension in watched if "ScheduleGroup" in dimension}
    assert lost == {"TargetErrorCount", "InvocationsFailedToBeSentToDeadLetterCount"}


def test_every_alarm_goes_to_the_topic_if_there_is_one(templates: Mapping[str, Template], stack: Template) -> None:
    for template in templates.values():
        for alarm in resources(template, "AWS::CloudWatch::Alarm").values():
            assert alarm["AlarmActions"]["Fn::If"][:2] == ["HasTopic", [{"Ref": "TopicArn"}]]
            assert alarm["TreatMissingData"] == "notBreaching"
    for properties in resources(stack, "AWS::CloudFormation::Stack").values():
        if "TopicArn" in templates[properties["TemplateURL"]]["Parameters"]:
            assert properties["Parameters"]["TopicArn"] == {"Ref": "AlarmTopicArn"}


def test_the_table_outlives_the_stack_and_forgets_by_its_items_wish(templates: Mapping[str, Template]) -> None:
    resource = templates["infra/storage.yaml"]["Resources"]["Table"]
    table = resource["Properties"]
    for kept in (resource, templates["template.yaml"]["Resources"]["Storage"]):
        assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["SSEEnabled"] is True
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    assert keys == {"HASH": "pk", "RANGE": "sk"}


def test_the_edge_is_off_unless_asked_for(stack: Template) -> None:
    assert stack["Resources"]["EdgeDistribution"]["Condition"] == "HasEdge"
    assert stack["Parameters"]["Edge"]["Default"] == "false"


def test_the_edge_leaves_the_authorization_header_alone(templates: Mapping[str, Template]) -> None:
    distribution = templates["infra/edge.yaml"]["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    (origin,) = distribution["Origins"]
    assert "OriginAccessControlId" not in origin
    behavior = distribution["DefaultCacheBehavior"]
    # Ids of managed policies: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
    assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert behavior["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def test_every_parameter_says_what_it_is_for_and_what_it_takes(stack: Template) -> None:
    grouped = [
        name
        for group in stack["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        for name in group["Parameters"]
    ]
    assert sorted(grouped) == sorted(stack["Parameters"])
    for name, parameter in stack["Parameters"].items():
        assert parameter["Description"], name
        assert parameter.keys() & {"AllowedValues", "AllowedPattern", "MinValue"}, name
        if "AllowedPattern" in parameter:
            assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"]) is not None, name


@pytest.mark.parametrize("environment", ["default", "dev", "prod"])
def test_each_configuration_sets_parameters_that_exist(environment: str, stack: Template) -> None:
    import tomllib

    configuration = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]
    deploy = configuration["deploy"]["parameters"]
    overrides = dict(override.split("=", 1) for override in deploy["parameter_overrides"])
    assert overrides.keys() <= stack["Parameters"].keys()
    assert set(deploy["capabilities"]) == {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"}
    assert configuration["global"]["parameters"]["stack_name"] == f"ai-gateway-{overrides['Stage']}"


def test_the_outputs_tell_the_url_and_the_next_command_and_no_secret(stack: Template) -> None:
    outputs = stack["Outputs"]
    assert {"GatewayUrl", "NextCommand", "TableName", "SecretsPrefix"} <= outputs.keys()
    assert "ai-gateway keys create" in str(outputs["NextCommand"]["Value"])
    assert "resolve:secretsmanager" not in str(outputs)
