use crate::rules::{Rule, RuleInfo};

declare_rule! {
    /// A waiver covers nothing: what it accepted was mended or moved. Left in place it would silently accept the
    /// next defect of its kind. Removing it changes nothing today.
    ///
    /// A waiver of a rule that is not part of the run (`--select`, `--ignore`) is not reported.
    ///
    /// ```hcl,bad
    /// # keyward: ignore[missing-expiry] until=2999-01-31 reason="the vendor sets no end"
    /// locals {
    ///   region = "eu-west-1"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// locals {
    ///   region = "eu-west-1"
    /// }
    /// ```
    ///
    /// Source: NIST CSF 2.0, ID.RA-07.
    WaiverUnused {
        code: "KW903",
        name: "waiver-unused",
        summary: "Waiver that covers nothing",
        severity: Low,
        confidence: High,
        persona: Regular,
        fix: Safe,
        category: "governance",
        nhi: ["NHI1"],
        csf: ["ID.RA-07"],
        cis: [],
    }
}

/// Found while waivers are applied, after all rules.
impl Rule for WaiverUnused {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }
}
