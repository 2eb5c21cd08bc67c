use crate::identity::trust::Issuer;
use crate::rules::federation::pools;
use crate::rules::{Context, Rule, RuleInfo};

declare_rule! {
    /// A workload identity pool takes tokens of an issuer, and a binding says which of them may act as a service
    /// account or use a resource. `principalSet://…/*` is all of them: every repository, project or job
    /// that the issuer knows, unless the provider of the pool has a condition.
    ///
    /// What is looked at:
    ///
    /// - members of any binding that are a whole pool, or an attribute that others may have as well; if the
    ///   provider is declared here, within what its condition leaves
    /// - providers of an issuer that serves all its customers from one address, such as `gitlab.com` or
    ///   `app.terraform.io`, without a condition that tells them apart, if nothing here is bound to its pool
    ///
    /// GitHub has a rule of its own (`github-oidc-unscoped`), and workforce pools are for people. With
    /// `--persona strict` you also see pools bound as a whole behind a condition, and providers without a
    /// condition whose bindings each name who is meant.
    ///
    /// The fix lets in the only project or workspace that the module declares, or whoever is a member by name.
    ///
    /// ```hcl,bad
    /// resource "google_service_account_iam_member" "ci" {
    ///   service_account_id = "projects/acme/serviceAccounts/ci@acme.iam.gserviceaccount.com"
    ///   role               = "roles/iam.workloadIdentityUser"
    ///   member             = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "google_service_account_iam_member" "ci" {
    ///   service_account_id = "projects/acme/serviceAccounts/ci@acme.iam.gserviceaccount.com"
    ///   role               = "roles/iam.workloadIdentityUser"
    ///   member             = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/attribute.project_id/42"
    /// }
    /// ```
    ///
    /// Source: Google Cloud documentation, "Best practices for using Workload Identity Federation", "Principal
    /// identifiers".
    GcpWorkloadPoolOpen {
        code: "KW307",
        name: "gcp-workload-pool-open",
        summary: "Workload identity pool that is bound as a whole",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "trust",
        nhi: ["NHI4"],
        csf: ["PR.AA-04"],
        cis: [],
    }
}

impl Rule for GcpWorkloadPoolOpen {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        for pool in pools(cx).iter().filter(|pool| pool.issuer != Issuer::GitHub) {
            let draft = pool
                .draft(cx, Self::INFO)
                .help("bind `attribute.NAME/VALUE` or `principal://…/subject/SUBJECT` of those who are meant, and set `attribute_condition`");
            cx.emit(draft);
        }
    }
}
