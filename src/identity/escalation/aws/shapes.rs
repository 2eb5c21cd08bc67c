//! How each method of the catalogue works: what has to be here, and in what words it is told.
//! Sources: the pages of the service authorization reference, and for services that take a role the page on its
//! service role. Which service principal a role is passed to is the value of `iam:PassedToService`.

/// How a method works.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Writes permissions of a policy, user, group or role.
    Write {
        on: On,
        verb: &'static str,
    },
    /// Switches a policy to an older version.
    Switch,
    /// Joins a user to a group.
    Join,
    /// Takes away the boundary.
    Unbound,
    /// Makes or changes a credential of a user.
    TakeUser {
        verb: &'static str,
    },
    /// Credentials that only some services take.
    TakeService,
    /// Rewrites the trust of a role.
    Retrust,
    /// Changes an identity provider that roles trust.
    Provider,
    Assume,
    /// Passes a role to one of these services.
    Pass {
        to: &'static [&'static str],
        by: &'static str,
    },
    /// Takes over what runs.
    Run {
        what: &'static [Running],
        verb: &'static str,
        any: &'static str,
    },
    Cluster,
    PermissionSet,
    Secrets,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Policy,
    User,
    Group,
    Role,
}

/// Something that runs as a role, as a resource that policies name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// The resource type; empty where the action is about something that no type declares.
    pub kind: &'static str,
    /// The attribute that names the role.
    pub attribute: &'static str,
    pub service: &'static str,
    /// `function:` in the ARN.
    pub start: &'static str,
    /// The attribute with the name that follows; empty where AWS makes it up.
    pub name: &'static str,
}

const fn running(
    kind: &'static str,
    attribute: &'static str,
    service: &'static str,
    start: &'static str,
    name: &'static str,
) -> Running {
    Running { kind, attribute, service, start, name }
}

const FUNCTION: &[Running] =
    &[running("aws_lambda_function", "role", "lambda", "function:", "function_name")];
const STACK: &[Running] =
    &[running("aws_cloudformation_stack", "iam_role_arn", "cloudformation", "stack/", "")];
const INSTANCE: &[Running] = &[running("aws_instance", "iam_instance_profile", "ec2", "instance/", "")];
const NOTEBOOK: &[Running] =
    &[running("aws_sagemaker_notebook_instance", "role_arn", "sagemaker", "notebook-instance/", "name")];
const PROJECT: &[Running] =
    &[running("aws_codebuild_project", "service_role", "codebuild", "project/", "name")];
const ENDPOINT: &[Running] = &[running("aws_glue_dev_endpoint", "role_arn", "glue", "devEndpoint/", "name")];
const TASK: &[Running] = &[running("aws_ecs_task_definition", "task_role_arn", "ecs", "task/", "")];
const APPRUNNER: &[Running] = &[running(
    "aws_apprunner_service",
    "instance_configuration.instance_role_arn",
    "apprunner",
    "service/",
    "",
)];
const TEMPLATE: &[Running] =
    &[running("aws_launch_template", "iam_instance_profile", "ec2", "launch-template/", "")];
const INTERPRETER: &[Running] = &[running("", "", "bedrock-agentcore", "code-interpreter-custom/", "")];

const fn pass(to: &'static [&'static str], by: &'static str) -> Shape {
    Shape::Pass { to, by }
}

const fn run(what: &'static [Running], verb: &'static str, any: &'static str) -> Shape {
    Shape::Run { what, verb, any }
}

const SHAPES: [(&str, Shape); 57] = [
    (
        "iam-create-policy-version",
        Shape::Write { on: On::Policy, verb: "publishes a new default version of" },
    ),
    ("iam-set-default-policy-version", Shape::Switch),
    ("iam-create-access-key", Shape::TakeUser { verb: "makes an access key for" }),
    ("iam-create-login-profile", Shape::TakeUser { verb: "makes a console password for" }),
    ("iam-update-login-profile", Shape::TakeUser { verb: "resets the console password of" }),
    ("iam-attach-user-policy", Shape::Write { on: On::User, verb: "attaches an administrator policy to" }),
    ("iam-attach-group-policy", Shape::Write { on: On::Group, verb: "attaches an administrator policy to" }),
    ("iam-attach-role-policy", Shape::Write { on: On::Role, verb: "attaches an administrator policy to" }),
    ("iam-put-user-policy", Shape::Write { on: On::User, verb: "writes an inline policy for" }),
    ("iam-put-group-policy", Shape::Write { on: On::Group, verb: "writes an inline policy for" }),
    ("iam-put-role-policy", Shape::Write { on: On::Role, verb: "writes an inline policy for" }),
    ("iam-add-user-to-group", Shape::Join),
    ("iam-update-assume-role-policy", Shape::Retrust),
    ("iam-remove-boundary", Shape::Unbound),
    ("iam-reset-service-credential", Shape::TakeService),
    ("iam-update-oidc-provider", Shape::Provider),
    ("sts-assume-any-role", Shape::Assume),
    ("eks-access-entry", Shape::Cluster),
    ("sso-permission-set", Shape::PermissionSet),
    ("secrets-read-all", Shape::Secrets),
    (
        "rolesanywhere-new-trust",
        pass(&["rolesanywhere.amazonaws.com"], "to a Roles Anywhere profile of its own"),
    ),
    ("passrole-ec2-run", pass(&["ec2.amazonaws.com"], "to an instance of its own")),
    ("passrole-ec2-associate-profile", pass(&["ec2.amazonaws.com"], "to a running instance")),
    ("passrole-autoscaling", pass(&["ec2.amazonaws.com"], "to an auto-scaling group of its own")),
    ("passrole-lambda-invoke", pass(&["lambda.amazonaws.com"], "to a Lambda function of its own")),
    ("passrole-glue-dev-endpoint", pass(&["glue.amazonaws.com"], "to a Glue endpoint of its own")),
    ("passrole-glue-job", pass(&["glue.amazonaws.com"], "to a Glue job of its own")),
    (
        "passrole-cloudformation",
        pass(&["cloudformation.amazonaws.com"], "to a CloudFormation stack of its own"),
    ),
    (
        "passrole-cloudformation-stackset",
        pass(&["cloudformation.amazonaws.com"], "to a CloudFormation stack set"),
    ),
    ("passrole-data-pipeline", pass(&["datapipeline.amazonaws.com"], "to a data pipeline of its own")),
    ("passrole-codebuild", pass(&["codebuild.amazonaws.com"], "to a CodeBuild project of its own")),
    ("passrole-ecs-task", pass(&["ecs-tasks.amazonaws.com"], "to an ECS task of its own")),
    ("passrole-apprunner", pass(&["tasks.apprunner.amazonaws.com"], "to an App Runner service of its own")),
    (
        "passrole-bedrock-code-interpreter",
        pass(&["bedrock-agentcore.amazonaws.com"], "to a code interpreter of its own"),
    ),
    ("passrole-sagemaker", pass(&["sagemaker.amazonaws.com"], "to a SageMaker notebook or job of its own")),
    ("passrole-ssm-automation", pass(&["ssm.amazonaws.com"], "to a Systems Manager automation")),
    ("passrole-step-functions", pass(&["states.amazonaws.com"], "to a state machine of its own")),
    ("passrole-scheduler", pass(&["scheduler.amazonaws.com"], "to a schedule of its own")),
    (
        "passrole-emr",
        pass(
            &["ec2.amazonaws.com", "emr-serverless.amazonaws.com", "elasticmapreduce.amazonaws.com"],
            "to an EMR cluster or job of its own",
        ),
    ),
    (
        "passrole-batch",
        pass(&["ecs-tasks.amazonaws.com", "batch.amazonaws.com"], "to a Batch job of its own"),
    ),
    ("passrole-eks-pod-identity", pass(&["pods.eks.amazonaws.com"], "to a pod of its own")),
    ("cognito-identity-pool-roles", pass(&["cognito-identity.amazonaws.com"], "to an identity pool")),
    ("lambda-update-code", run(FUNCTION, "replaces the code of", "any Lambda function")),
    ("lambda-update-configuration", run(FUNCTION, "adds a layer of its own to", "any Lambda function")),
    ("glue-update-dev-endpoint", run(ENDPOINT, "adds an SSH key of its own to", "any Glue endpoint")),
    ("cloudformation-update-stack", run(STACK, "updates", "any CloudFormation stack")),
    ("cloudformation-change-set", run(STACK, "runs a change set on", "any CloudFormation stack")),
    (
        "codebuild-start-override",
        run(PROJECT, "starts a build with commands of its own in", "any CodeBuild project"),
    ),
    ("ecs-execute-command", run(TASK, "opens a shell in", "any ECS task")),
    ("apprunner-update-service", run(APPRUNNER, "replaces the image of", "any App Runner service")),
    ("bedrock-existing-code-interpreter", run(INTERPRETER, "runs code in", "any code interpreter")),
    ("sagemaker-presigned-url", run(NOTEBOOK, "opens", "any notebook")),
    ("sagemaker-lifecycle-config", run(NOTEBOOK, "plants a start script in", "any notebook")),
    ("ec2-modify-user-data", run(INSTANCE, "rewrites the boot script of", "any instance")),
    ("ec2-launch-template", run(TEMPLATE, "publishes a version of its own of", "any launch template")),
    ("ec2-instance-connect", run(INSTANCE, "pushes an SSH key of its own to", "any instance")),
    ("ssm-run-command", run(INSTANCE, "runs commands on", "any instance")),
];

/// Each method with the way it works.
pub fn shapes() -> impl Iterator<Item = (&'static str, Shape)> {
    SHAPES.iter().copied()
}

pub fn shape(method: &str) -> Option<Shape> {
    SHAPES.iter().find(|(name, _)| *name == method).map(|(_, shape)| *shape)
}

/// How a service that takes roles is called.
pub fn service_name(principal: &str) -> &str {
    match principal {
        "ec2.amazonaws.com" => "EC2",
        "lambda.amazonaws.com" => "Lambda",
        "ecs-tasks.amazonaws.com" => "ECS tasks",
        "glue.amazonaws.com" => "Glue",
        "cloudformation.amazonaws.com" => "CloudFormation",
        "codebuild.amazonaws.com" => "CodeBuild",
        "sagemaker.amazonaws.com" => "SageMaker",
        "states.amazonaws.com" => "Step Functions",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::escalation::aws::methods::{method, methods};

    #[test]
    fn every_method_has_a_shape() {
        for (name, _) in methods() {
            assert!(shape(name).is_some(), "{name}");
        }
        for (name, _) in shapes() {
            assert!(method(name).is_some(), "{name}");
        }
    }
}
