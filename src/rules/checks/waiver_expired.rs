use crate::rules::{Rule, RuleInfo};

declare_rule! {
    /// A finding was accepted, and the acceptance no longer holds: its last day has passed, it lacks the reason
    /// or the end date that a serious finding needs, or it cannot be read. What it covered counts again, and
    /// this finding says why.
    ///
    /// A waiver stands in a comment above or behind what it covers, or in `keyward.toml`:
    ///
    /// ```hcl
    /// # keyward: ignore[long-lived-static-credential] until=2027-03-31 reason="vendor has no OIDC" ticket=SEC-412
    /// ```
    ///
    /// Above a block it covers the block and the resources in it; above or behind an argument it covers that
    /// argument; on the line of a list element it covers that line. The list may hold names, codes, the start of
    /// codes (`KW1`) and categories. For what is high or critical a reason and an end date are mandatory; owner,
    /// ticket and the compensating control (`control="…"`) are kept with it. The last day still counts.
    ///
    /// ```hcl,bad
    /// # keyward: ignore[nhi-missing-owner] until=2020-01-31 reason="the team is being formed"
    /// resource "aws_iam_user" "robot" {
    ///   name = "robot"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// # keyward: ignore[nhi-missing-owner, orphaned-identity] until=2999-01-31 reason="the team is being formed"
    /// resource "aws_iam_user" "robot" {
    ///   name = "robot"
    /// }
    /// ```
    ///
    /// Source: NIST SP 800-53 r5, CA-5 and RA-7; NIST CSF 2.0, ID.RA-07.
    WaiverExpired {
        code: "KW901",
        name: "waiver-expired",
        summary: "Acceptance of a finding that no longer holds",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "governance",
        nhi: ["NHI1"],
        csf: ["ID.RA-07", "GV.RR-02"],
        cis: [],
    }
}

/// Found while waivers are applied, after all rules.
impl Rule for WaiverExpired {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }
}
