/// Declares a rule: a unit struct, and everything that can be said about it without running it. The doc
/// comment is its page; its first line is the summary.
macro_rules! declare_rule {
    (
        $(#[doc = $doc:expr])*
        $rule:ident {
            code: $code:literal,
            name: $name:literal,
            summary: $summary:literal,
            severity: $severity:ident,
            confidence: $confidence:ident,
            persona: $persona:ident,
            fix: $fix:ident,
            category: $category:literal,
            nhi: $nhi:expr,
            csf: $csf:expr,
            cis: $cis:expr $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $rule;

        impl $rule {
            pub const INFO: &'static $crate::rules::RuleInfo = &$crate::rules::RuleInfo {
                code: $code,
                name: $name,
                summary: $summary,
                docs: concat!($($doc, "\n"),*),
                severity: $crate::diagnostic::Severity::$severity,
                confidence: $crate::diagnostic::Confidence::$confidence,
                persona: $crate::diagnostic::Persona::$persona,
                fix: $crate::rules::FixKind::$fix,
                category: $category,
                nhi: &$nhi,
                csf: &$csf,
                cis: &$cis,
                file: file!(),
                line: line!(),
            };
        }
    };
}
