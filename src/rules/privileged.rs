//! What the rules about privilege share: who holds it, who runs as whom, and what would do instead.

use crate::config::Environment;
use crate::diagnostic::Persona;
use crate::eval::value::ResourceId;
use crate::iam::aws::PrincipalKind;
use crate::iam::aws::Principals;
use crate::identity::privilege::{Holder, Nature};
use crate::identity::{Grant, Model, Subject, Workload};
use crate::source::Span;
use std::collections::HashSet;

/// Whom a finding about a holder is for; nobody where the holder is a person in someone else's directory.
pub fn audience(model: &Model, holder: &Holder, grant: &Grant) -> Option<Persona> {
    match holder.nature(model, grant) {
        Nature::Software => match is_own_agent(model, holder) {
            true => Some(Persona::Strict),
            false => Some(Persona::Regular),
        },
        Nature::Either => Some(Persona::Strict),
        // A permission set is declared here, so that whoever reads everything may want to see it.
        Nature::Person => matches!(holder.subject, Subject::Identity(_)).then_some(Persona::Strict),
    }
}

/// Accounts of the cloud's own services, which get such roles from the cloud itself.
fn is_own_agent(model: &Model, holder: &Holder) -> bool {
    match &holder.subject {
        Subject::Identity(id) => model.identity(*id).service_owned,
        Subject::External(text) => {
            let is_numbered =
                text.starts_with("serviceAccount:service-") && text.ends_with(".iam.gserviceaccount.com");
            is_numbered || text.contains("@gcp-sa-") || text.ends_with("@cloudservices.gserviceaccount.com")
        }
        _ => false,
    }
}

/// How several holders are called together, and whether that is plural.
pub fn name_all(model: &Model, holders: &[&Holder]) -> String {
    match holders {
        [] => "nobody".to_string(),
        [one] => one.describe(model),
        [first, rest @ ..] => format!("{} (and {} more)", first.describe(model), rest.len()),
    }
}

pub fn workloads<'m>(model: &'m Model, holders: &[&Holder]) -> Vec<&'m Workload> {
    let runs = model.workloads.iter();
    runs.filter(|workload| holders.iter().any(|holder| holder.subject == workload.runs_as)).collect()
}

pub fn environment<'m>(model: &'m Model, holders: &[&Holder]) -> Option<&'m Environment> {
    let own = holders.iter().find_map(|holder| match holder.subject {
        Subject::Identity(id) => model.identity(id).environment.as_ref(),
        _ => None,
    });
    own.or(model.environment.as_ref())
}

pub fn owner<'m>(model: &'m Model, holders: &[&Holder]) -> Option<&'m str> {
    holders.iter().find_map(|holder| match holder.subject {
        Subject::Identity(id) => model.identity(id).owner.name(),
        _ => None,
    })
}

/// Where the holders are declared.
pub fn declared(model: &Model, holders: &[&Holder]) -> Vec<(ResourceId, Span)> {
    let found = holders.iter().filter_map(|holder| holder.resource(model));
    found.map(|id| (id, model.resource(id).header())).collect()
}

/// Who can become a role, where that tells what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// People who sign in through SAML.
    People,
    /// Pipelines with a token of their own.
    Pipeline,
    Other,
}

pub fn used_by(model: &Model, holder: &Holder) -> Used {
    let Subject::Identity(id) = holder.subject else { return Used::Other };
    let Some(trust) = &model.identity(id).trust else { return Used::Other };
    let mut federated = trust.document.statements.iter().flat_map(|statement| {
        let listed: &[_] = match &statement.principals {
            Principals::Only(listed) => listed,
            _ => &[],
        };
        let named = listed.iter().filter(|principal| principal.kind == PrincipalKind::Federated);
        named.map(|principal| principal.element.pattern.to_string())
    });
    match federated.next() {
        Some(provider) if provider.contains(":saml-provider/") => Used::People,
        Some(provider) if provider.contains("githubusercontent") || provider.contains("gitlab") => {
            Used::Pipeline
        }
        _ => Used::Other,
    }
}

/// What a workload of this type usually needs instead of everything.
/// Sources: the service guides of AWS and Google Cloud on execution roles and service accounts.
pub fn usual_need(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "aws_lambda_function" => "`AWSLambdaBasicExecutionRole` and the actions that the function calls",
        "aws_ecs_task_definition" => {
            "`AmazonECSTaskExecutionRolePolicy` for starting, and a task role with what the code calls"
        }
        "aws_instance" | "aws_launch_template" | "aws_launch_configuration" => {
            "`AmazonSSMManagedInstanceCore` and the actions that its software calls"
        }
        "aws_eks_node_group" => {
            "`AmazonEKSWorkerNodePolicy`, `AmazonEC2ContainerRegistryPullOnly` and a role for each pod that needs one"
        }
        "aws_eks_cluster" => "`AmazonEKSClusterPolicy`",
        "aws_codebuild_project" => "logs, its artifact bucket, and what the build deploys",
        "aws_glue_job" | "aws_glue_crawler" => {
            "`AWSGlueServiceRole` and the buckets that it reads and writes"
        }
        "google_container_cluster" | "google_container_node_pool" => {
            "`roles/container.defaultNodeServiceAccount`"
        }
        "google_composer_environment" => "`roles/composer.worker`",
        "google_dataproc_cluster" => "`roles/dataproc.worker`",
        "google_cloudbuild_trigger" => {
            "`roles/cloudbuild.builds.builder` and the roles for what the build deploys"
        }
        "google_cloud_run_service"
        | "google_cloud_run_v2_service"
        | "google_cloud_run_v2_job"
        | "google_cloudfunctions_function"
        | "google_cloudfunctions2_function" => "roles on the very resources that its code calls",
        "google_compute_instance" | "google_compute_instance_template" => {
            "`roles/logging.logWriter`, `roles/monitoring.metricWriter` and roles on what its software calls"
        }
        kind if kind.starts_with("google_dataflow_") => "`roles/dataflow.worker`",
        _ => return None,
    })
}

/// Policies that limit what others allow, instead of allowing anything.
pub fn boundaries(model: &Model) -> HashSet<ResourceId> {
    let limits = model.uses.iter().filter(|usage| usage.attribute == "permissions_boundary");
    limits.map(|usage| usage.used).collect()
}
