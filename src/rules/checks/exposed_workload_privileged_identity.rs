use crate::diagnostic::{Confidence, Fix, Persona};
use crate::eval::value::ResourceId;
use crate::identity::Subject;
use crate::identity::exposure::{Exposure, Power, PowerKind, Reach, exposures, power};
use crate::rules::{Context, Rule, RuleInfo, exposed, privileged};
use indexmap::IndexMap;

declare_rule! {
    /// A workload that the internet gets to runs as an identity that administers the account, may do nearly
    /// everything, or reads secrets or stored data everywhere. A hole in its code, or one forged request to
    /// its metadata service, is then not the loss of a workload but of the account.
    ///
    /// Both halves are computed. Reachable is what has a public address and a security group, firewall rule
    /// or network security group that is open to everyone; what is behind a load balancer, API, function URL,
    /// distribution or ingress that faces the internet; and what everyone is allowed to call. A load balancer
    /// that signs people in first does not count, and neither do authorizers, private APIs, internal ingress
    /// and address lists. Powerful is whoever `admin-policy-attached` speaks of, and whoever may read every
    /// secret, parameter, bucket or key of an account, a project, a subscription, a resource group or a
    /// cluster, all of its grants, Denies and boundaries taken together.
    ///
    /// What depends on values that the code does not tell is shown to a strict reader only. Where nobody has
    /// to sign in, or the identity administers or can make itself an administrator, it is critical, else high.
    ///
    /// Either close the way in, or give the workload an identity of its own that may do what its code calls.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "hook" {
    ///   name               = "hook"
    ///   assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
    /// }
    ///
    /// resource "aws_iam_role_policy" "hook" {
    ///   role   = aws_iam_role.hook.name
    ///   policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }] })
    /// }
    ///
    /// resource "aws_lambda_function" "hook" {
    ///   function_name = "hook"
    ///   role          = aws_iam_role.hook.arn
    /// }
    ///
    /// resource "aws_lambda_function_url" "hook" {
    ///   function_name      = aws_lambda_function.hook.function_name
    ///   authorization_type = "NONE"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "hook" {
    ///   name               = "hook"
    ///   assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
    /// }
    ///
    /// resource "aws_iam_role_policy" "hook" {
    ///   role   = aws_iam_role.hook.name
    ///   policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hook-*" }] })
    /// }
    ///
    /// resource "aws_lambda_function" "hook" {
    ///   function_name = "hook"
    ///   role          = aws_iam_role.hook.arn
    /// }
    ///
    /// resource "aws_lambda_function_url" "hook" {
    ///   function_name      = aws_lambda_function.hook.function_name
    ///   authorization_type = "NONE"
    /// }
    /// ```
    ///
    /// Source: OWASP NHI5:2025 "Overprivileged NHI" and NHI6:2025 "Insecure Cloud Deployment Configurations";
    /// the service documentation named in `identity::exposure`.
    ExposedWorkloadPrivilegedIdentity {
        code: "KW421",
        name: "exposed-workload-privileged-identity",
        summary: "Workload on the internet with a powerful identity",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "exposure",
        nhi: ["NHI5", "NHI6"],
        csf: ["PR.AA-05", "PR.IR-01", "ID.RA-05"],
        cis: [],
    }
}

/// As whom it runs, what lets the internet in, and whether both are certain.
type Cause<'m> = (&'m Subject, ResourceId, bool);

impl Rule for ExposedWorkloadPrivilegedIdentity {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut worst: IndexMap<ResourceId, (&Exposure, Power)> = IndexMap::new();
        for way in exposures(model).iter().filter(|way| way.reach.is_internet()) {
            let Some(power) = power(model, &way.runs_as) else { continue };
            let rank = |way: &Exposure, power: &Power| (way.certain && power.certain, way.reach, power.kind);
            match worst.get(&way.workload) {
                Some((known, of)) if rank(known, of) >= rank(way, &power) => {}
                _ => drop(worst.insert(way.workload, (way, power))),
            }
        }
        // What mends one of several workloads behind the same front, with the same identity, mends all.
        let mut causes: IndexMap<Cause<'_>, Vec<(&Exposure, Power)>> = IndexMap::new();
        for (way, power) in worst.into_values() {
            let front = if way.runs_as == Subject::Resource(way.workload) { way.workload } else { way.declared_by };
            let certain = way.certain && power.certain;
            causes.entry((&way.runs_as, front, certain)).or_default().push((way, power));
        }
        for ways in causes.values() {
            report(cx, ways);
        }
    }
}

fn report(cx: &mut Context<'_>, ways: &[(&Exposure, Power)]) {
    let Some(((way, power), rest)) = ways.split_first() else { return };
    let model = cx.model;
    let workload = model.resource(way.workload);
    let identity = exposed::name(model, &way.runs_as);
    let (attribute, span) = exposed::runs_as(cx, way);
    let address = match rest.len() {
        0 => format!("`{}`", workload.address),
        more => format!("`{}` (and {more} more)", workload.address),
    };
    let message = match way.row {
        "cognito-guest" => format!("{address} gives guests the credentials of {identity}, which {}", power.phrase),
        _ if way.runs_as == Subject::Resource(way.workload) => {
            format!("{address} {} and its own identity {}", exposed::reached(way), power.phrase)
        }
        _ => format!("{address} {} and runs as {identity}, which {}", exposed::reached(way), power.phrase),
    };
    let administers = power.kind >= PowerKind::Escalates;
    let mut draft = cx
        .draft(ExposedWorkloadPrivilegedIdentity::INFO, workload, &attribute, span, message)
        .label(match power.kind {
            PowerKind::Admin => "an administrator",
            PowerKind::Nearly => "may do nearly everything",
            PowerKind::Escalates => "can raise itself",
            PowerKind::Secrets => "reads all secrets",
            PowerKind::Data => "reads all stored data",
        })
        .severity(exposed::severity(way, administers))
        .identity(model.describe(&way.runs_as))
        .owner(exposed::owner(model, &way.runs_as))
        .environment(exposed::environment(model, way.workload))
        .help("close the way in, or give it an identity that may do only what its code calls");
    draft = exposed::relate(draft, way, 3);
    for (span, text) in &power.because {
        draft = draft.related(*span, text.clone());
    }
    if !(way.certain && power.certain) {
        draft = draft
            .persona(Persona::Strict)
            .confidence(Confidence::Medium)
            .note("some of what makes it reachable or powerful is not known from the code");
    }
    if power.kind >= PowerKind::Nearly {
        draft = draft.note("`admin-policy-attached` speaks of the identity itself: whoever else becomes it is as powerful");
    }
    for (other, _) in rest {
        let (attribute, span) = exposed::runs_as(cx, other);
        draft = draft.site(&model.resource(other.workload).address, &attribute, span);
    }
    // The same endpoint with any other identity would be a finding of its own.
    let others = ways.iter().flat_map(|(way, _)| exposures(model).of_workload(way.workload));
    for other in others.filter(|one| one.reach == Reach::InternetAnonymous) {
        if let Some((span, _)) = other.because.first() {
            draft = draft.absorbs("anonymous-endpoint-with-identity", *span);
        }
    }
    let narrow = match privileged::usual_need(&workload.kind) {
        Some(need) => format!("Narrow {identity}: grant {need}"),
        None => format!("Narrow {identity} to what the workload calls"),
    };
    let close = format!("Close the way in: {}", closing(way));
    cx.emit(draft.fix(Fix::manual(close)).fix(Fix::manual(narrow)));
}

/// What ends an exposure, by its row.
fn closing(way: &Exposure) -> &'static str {
    match way.row {
        "lambda-url" => "set `authorization_type = \"AWS_IAM\"`, and let callers sign their requests",
        "lambda-public-permission" => "name the principal, and limit it by `source_arn` or `source_account`",
        "lambda-api-gateway" => "give the route an authorizer",
        "cognito-guest" => "give out no credentials to guests",
        "cloud-run-public" | "cloud-function-public" => "grant the invoker role to the callers instead of everyone",
        "azure-logic-app" => "limit who may call the trigger with `access_control`",
        "ec2-public-ip" | "launch-template-public" | "gce-external-ip" | "gce-template-external" | "azure-vm-public"
        | "azure-vmss-public" => "drop the public address, or open the firewall to known networks only",
        "azure-app-public" | "azure-function-public" => "restrict its access, or let the platform sign callers in",
        _ => "keep it in the private network, or let the front sign callers in",
    }
}
