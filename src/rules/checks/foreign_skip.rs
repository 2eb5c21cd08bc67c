use crate::rules::{Rule, RuleInfo};

declare_rule! {
    /// A comment tells another scanner to skip a check about identities. It has no end, often no reason and no
    /// owner, and nobody sees it again. Keyward accepts nothing because of it: it is listed, so that each one can
    /// get a reason and a last day, or go.
    ///
    /// Known are the comments of Checkov (`checkov:skip=`), tfsec (`tfsec:ignore:`) and Trivy (`trivy:ignore:`).
    /// `keyward migrate` puts a waiver with a reason and a last day beside those that cover something that keyward
    /// finds, and leaves the comments for the other scanner where they are.
    ///
    /// ```hcl,bad
    /// data "aws_iam_policy_document" "read" {
    ///   #checkov:skip=CKV_AWS_356:the service names its objects itself
    ///   statement {
    ///     actions   = ["s3:GetObject"]
    ///     resources = ["arn:aws:s3:::reports/*"]
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// data "aws_iam_policy_document" "read" {
    ///   statement {
    ///     actions   = ["s3:GetObject"]
    ///     resources = ["arn:aws:s3:::reports/*"]
    ///   }
    /// }
    /// ```
    ///
    /// Source: NIST SP 800-53 r5, CA-5 and RA-7; NIST CSF 2.0, ID.RA-07.
    ForeignSkip {
        code: "KW904",
        name: "foreign-skip",
        summary: "Comment that makes another scanner skip a check on identities for ever",
        severity: Low,
        confidence: High,
        persona: Auditor,
        fix: Manual,
        category: "governance",
        nhi: ["NHI1"],
        csf: ["ID.RA-07", "GV.RR-02"],
        cis: [],
    }
}

/// Found while waivers are applied, after all rules.
impl Rule for ForeignSkip {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }
}
