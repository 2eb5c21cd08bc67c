//! Skips that were written for other scanners: `checkov:skip=…`, `tfsec:ignore:…`, `trivy:ignore:…`. They accept
//! nothing here, since they have no end and most have no reason; they are listed, and can become waivers.
//!
//! Sources: Checkov documentation, "Suppressing and skipping policies"; tfsec documentation, "Ignoring checks";
//! Trivy documentation, "Filtering", by inline comments.

mod checks;
mod directive;

pub use checks::rules_of;

use super::inline::covered;
use crate::source::{FileKind, SourceFile, SourceMap, Span};
use crate::syntax::{Comment, Parsed, comments};
use jiff::civil::Date;

/// A check that somebody told another scanner to skip.
#[derive(Clone, Debug)]
pub struct ForeignSkip {
    pub tool: Tool,
    /// As written: `CKV_AWS_356`, `aws-iam-no-policy-wildcards`.
    pub check: String,
    pub reason: Option<String>,
    /// The last day, where the tool knows one.
    pub until: Option<Date>,
    /// What it covers.
    pub scope: Span,
    /// The comment.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    Checkov,
    Tfsec,
    Trivy,
}

impl Tool {
    pub fn name(self) -> &'static str {
        match self {
            Tool::Checkov => "checkov",
            Tool::Tfsec => "tfsec",
            Tool::Trivy => "trivy",
        }
    }
}

impl ForeignSkip {
    /// The rules that look for what the check looks for; none for checks that are not about identities.
    pub fn rules(&self) -> &'static [String] {
        rules_of(&self.check)
    }
}

/// Whether a file may have any, which a search of its bytes tells.
pub fn may_have_foreign(file: &SourceFile) -> bool {
    directive::may_be_in(&file.text)
}

/// All of them, in the order of the files.
pub fn foreign(sources: &SourceMap, parsed: &[Parsed]) -> Vec<ForeignSkip> {
    let mut found = Vec::new();
    for (file, parsed) in sources.iter().zip(parsed) {
        read(file, parsed, &mut found);
    }
    found
}

fn read(file: &SourceFile, parsed: &Parsed, found: &mut Vec<ForeignSkip>) {
    let is_hcl = matches!(file.kind, FileKind::Hcl | FileKind::Vars);
    if !is_hcl || !directive::may_be_in(&file.text) {
        return;
    }
    for comment in comments(&file.text) {
        for directive in directive::parse(&file.text[comment.text.clone()]) {
            found.push(ForeignSkip {
                scope: scope(directive.tool, file, parsed, &comment),
                tool: directive.tool,
                check: directive.check,
                reason: directive.reason,
                until: directive.until,
                span: Span::new(file.id, comment.range.start, comment.range.end),
            });
        }
    }
}

/// A comment for Checkov covers the block that it stands in, one for the others what begins below or beside it.
fn scope(tool: Tool, file: &SourceFile, parsed: &Parsed, comment: &Comment) -> Span {
    let here = Span::new(file.id, comment.range.start, comment.range.end);
    let around = parsed.body.blocks.iter().find(|block| block.span.contains(here));
    match around {
        Some(block) if tool == Tool::Checkov => block.span,
        _ => covered(file, parsed, comment),
    }
}
