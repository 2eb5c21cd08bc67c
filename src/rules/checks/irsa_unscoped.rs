use crate::diagnostic::{Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::trust::{Cause, Issuer, Width, annotated_accounts};
use crate::identity::Model;
use crate::rules::federation::{Case, Rank, cases, narrowed, plain_operator, report_aws};
use crate::rules::{Context, Draft, Rule, RuleInfo};

declare_rule! {
    /// A role for pods trusts the issuer of a cluster, and every service account of the cluster has a token from
    /// it. Only the subject (`system:serviceaccount:NAMESPACE:NAME`) says which one is meant. Without it, every
    /// pod of the cluster has the permissions of the role, whatever team or supplier it comes from.
    ///
    /// What is looked at: roles that trust the issuer of a cluster, by a reference to it or to its
    /// `aws_iam_openid_connect_provider`, by its ARN or by the form of the subject, without a condition on the
    /// subject, with `*` for everything or for the namespace, or with a test that does not test
    /// (`ForAllValues`, `…IfExists`); and `aws_eks_pod_identity_association` with the service account
    /// `default`, which every pod of the namespace has that does not ask for another one.
    ///
    /// With `--persona strict` you also see whole namespaces, namespaces that are called alike, and values that
    /// never match, since `StringEquals` knows no wildcards.
    ///
    /// The fix asks for the service account that is annotated with the role.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "app" {
    ///   name = "app"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = "sts:AssumeRoleWithWebIdentity"
    ///       Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" }
    ///       Condition = {
    ///         StringEquals = { "oidc.eks.eu-west-1.amazonaws.com/id/A1:aud" = "sts.amazonaws.com" }
    ///       }
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "app" {
    ///   name = "app"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = "sts:AssumeRoleWithWebIdentity"
    ///       Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" }
    ///       Condition = {
    ///         StringEquals = {
    ///           "oidc.eks.eu-west-1.amazonaws.com/id/A1:aud" = "sts.amazonaws.com"
    ///           "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub" = "system:serviceaccount:web:app"
    ///         }
    ///       }
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: Amazon EKS User Guide, "IAM roles for service accounts", "Assign IAM roles to Kubernetes service
    /// accounts", "EKS Pod Identity"; Amazon EKS Best Practices Guide, "Identity and Access Management".
    IrsaUnscoped {
        code: "KW310",
        name: "irsa-unscoped",
        summary: "Role for pods that other service accounts of the cluster can take on",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "trust",
        nhi: ["NHI4", "NHI9"],
        csf: ["PR.AA-04"],
        cis: ["K8S:5.1.5"],
    }
}

impl Rule for IrsaUnscoped {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let all = cases(cx);
        for case in all.iter().filter(|case| case.admission.provider.issuer == Issuer::Kubernetes) {
            if let Some(draft) = irsa(cx, case, &all) {
                cx.emit(draft);
            }
        }
        let associations = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
        for resource in associations.filter(|it| &*it.kind == "aws_eks_pod_identity_association") {
            if let Some(draft) = pod_identity(cx, resource) {
                cx.emit(draft);
            }
        }
    }
}

fn irsa(cx: &Context<'_>, case: &Case<'_>, all: &[Case<'_>]) -> Option<Draft> {
    let width = case.admission.opening.width?;
    let rank = match width {
        Width::Organization | Width::Prefix | Width::Anyone => Rank::regular(Severity::High),
        Width::Family | Width::Whole => Rank::strict(Severity::Medium),
        Width::Nobody => Rank::strict(Severity::Low),
        Width::One => return None,
    };
    let draft = report_aws(cx, IrsaUnscoped::INFO, case, rank);
    if width == Width::Nobody {
        return Some(draft.help("use `StringLike`, or write the subject without wildcards"));
    }
    let draft = match (&case.admission.opening.cause, width) {
        (Cause::Value { .. }, Width::Prefix) => draft.label("takes in every namespace"),
        (Cause::Value { .. }, Width::Organization) => draft.label("takes in every service account"),
        (Cause::Value { .. }, Width::Whole) => draft.label("takes in all of the namespace"),
        _ => draft,
    };
    let draft = match &case.admission.opening.cause {
        Cause::PassesWithout { operator, .. } => draft.fix(plain_operator(case, operator)),
        _ => match narrowed(cx, case, all) {
            Some(fix) => draft.fix(fix),
            None => draft,
        },
    };
    let subject = declared_subject(cx.model, case);
    Some(draft.help(format!("ask for `{subject}` in the issuer's `:sub`, with `StringEquals`")))
}

/// The service account that is annotated with the role, or the form of a subject.
fn declared_subject(model: &Model, case: &Case<'_>) -> String {
    let account = case.identities.iter().find_map(|identity| annotated_accounts(model, identity.id).next());
    let metadata = account.and_then(|id| model.resource(model.identity(id).resource).body.block("metadata"));
    let part = |name: &str| metadata.as_ref().and_then(|block| block.text(name));
    match (part("namespace"), part("name")) {
        (Some(namespace), Some(name)) => format!("system:serviceaccount:{namespace}:{name}"),
        _ => "system:serviceaccount:NAMESPACE:NAME".to_string(),
    }
}

/// Every pod of a namespace has the service account `default` unless it asks for another.
fn pod_identity(cx: &Context<'_>, resource: &Resource) -> Option<Draft> {
    let account = resource.body.attr("service_account")?;
    if account.value.as_str() != Some("default") {
        return None;
    }
    let namespace = resource.body.value("namespace").and_then(Value::as_str).unwrap_or("its namespace");
    let message = format!(
        "`{}` gives its role to every pod of `{namespace}` that does not ask for a service account",
        resource.address
    );
    let span = account.value.meta.span.unwrap_or(account.expr_span);
    Some(
        cx.draft(IrsaUnscoped::INFO, resource, "service_account", span, message)
            .label("what pods have by default")
            .severity(Severity::Medium)
            .persona(Persona::Regular)
            .root(span)
            .route(&account.value)
            .help("make a service account for the workload that needs the role, and name it here"),
    )
}
