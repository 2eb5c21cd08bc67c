use crate::rules::{Rule, RuleInfo};

declare_rule! {
    /// A change deletes a workload, or closes the way from the internet to it, and leaves the static credential
    /// that the workload used as it was. The posture is mended and the access stays: nobody needs the key of a
    /// workload that is gone, and whoever got into one that was open may have read the key there.
    ///
    /// It takes two revisions to see this, so that only `keyward review --base REV` reports it. The workload is
    /// one that holds the value of the credential in its environment or boot script, or that runs as the identity
    /// of the credential. A credential that the change touches, disables or deletes is not reported, and neither
    /// is one that another workload of this code still uses.
    ///
    /// ```hcl
    /// # before the change
    /// resource "aws_iam_access_key" "mailer" {
    ///   user = aws_iam_user.mailer.name
    /// }
    ///
    /// resource "aws_lambda_function" "mailer" {
    ///   function_name = "mailer"
    ///   role          = aws_iam_role.mailer.arn
    ///
    ///   environment {
    ///     variables = { KEY = aws_iam_access_key.mailer.secret }
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl
    /// # after it: the function is gone, and its key works on
    /// resource "aws_iam_access_key" "mailer" {
    ///   user = aws_iam_user.mailer.name
    /// }
    /// ```
    ///
    /// When a workload goes, delete its credential in the same change. When an exposure is closed, rotate the
    /// credential: make a new one, switch the workload over, delete the old one.
    ///
    /// Source: OWASP Non-Human Identities Top 10, NHI1:2025 Improper Offboarding; NIST CSF 2.0, RS.MI-02
    /// "Incidents are eradicated".
    PostureFixedCredentialLive {
        code: "KW905",
        name: "posture-fixed-credential-live",
        summary: "Credential left as it was by a change that ends its use",
        severity: High,
        confidence: Medium,
        persona: Regular,
        fix: Manual,
        category: "governance",
        nhi: ["NHI1"],
        csf: ["PR.AA-01", "RS.MI-02"],
        cis: [],
    }
}

/// Found where two revisions are compared.
impl Rule for PostureFixedCredentialLive {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }
}
