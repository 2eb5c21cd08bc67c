use crate::diagnostic::Fix;
use crate::rules::removal::removal;
use crate::rules::{Context, Rule, RuleInfo};
use crate::eval::{Resource, ResourceMode};

declare_rule! {
    /// A secret of type `kubernetes.io/service-account-token` holds a token of a service account that never
    /// ends, is not bound to a pod, and stays valid until somebody deletes the secret. Since Kubernetes 1.24
    /// nothing creates such secrets by itself: whoever declares one asks for a permanent key.
    ///
    /// Ask for a token with an end instead: pods get one by themselves, pipelines can request one each time.
    ///
    /// ```hcl,bad
    /// resource "kubernetes_secret_v1" "robot" {
    ///   metadata {
    ///     name        = "robot-token"
    ///     annotations = { "kubernetes.io/service-account.name" = "robot" }
    ///   }
    ///   type = "kubernetes.io/service-account-token"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// ephemeral "kubernetes_token_request_v1" "robot" {
    ///   metadata {
    ///     name      = "robot"
    ///     namespace = "ci"
    ///   }
    ///   spec {
    ///     expiration_seconds = 3600
    ///   }
    /// }
    /// ```
    ///
    /// The fix deletes a token that nothing in the module reads; whoever reads it from elsewhere has to ask for
    /// short-lived ones first.
    ///
    /// Source: Kubernetes documentation, "Managing Service Accounts".
    K8sLegacySaToken {
        code: "KW106",
        name: "k8s-legacy-sa-token",
        summary: "Kubernetes service account token that never expires",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "static-credential",
        nhi: ["NHI7"],
        csf: ["PR.AA-01"],
        cis: ["K8S:5.1.6"],
    }
}

impl Rule for K8sLegacySaToken {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        let is_secret = matches!(&*resource.kind, "kubernetes_secret" | "kubernetes_secret_v1");
        if !is_secret || resource.mode != ResourceMode::Managed {
            return;
        }
        let Some(attr) = resource.body.attr("type") else { return };
        if attr.value.as_str() != Some("kubernetes.io/service-account-token") {
            return;
        }
        let metadata = resource.body.block("metadata");
        let account = metadata.as_ref().and_then(|block| {
            block.value("annotations")?.get("kubernetes.io/service-account.name")?.as_str()
        });
        let message = match account {
            Some(account) => format!("`{}` is a token of service account `{account}` that never expires", resource.address),
            None => format!("`{}` is a service account token that never expires", resource.address),
        };
        let draft = cx
            .draft(Self::INFO, resource, "type", attr.value.meta.span.unwrap_or(attr.expr_span), message)
            .label("a token without an end")
            .route(&attr.value)
            .identity(account.map_or_else(|| resource.address.clone(), |name| format!("service account {name}")))
            .environment(cx.model.environment.as_ref())
            .help("let pods use their projected token, and request short-lived ones elsewhere with `kubernetes_token_request_v1`");
        // What nothing here reads is either left over or read by hand.
        cx.emit(draft.fix(removal(cx, resource).unwrap_or_else(|| {
            Fix::manual("Read an `ephemeral \"kubernetes_token_request_v1\"` where the token is used, then delete it")
        })));
    }
}
