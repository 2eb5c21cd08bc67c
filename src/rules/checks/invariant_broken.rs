use crate::config::{AddressGlob, Invariant};
use crate::diagnostic::{Confidence, Persona};
use crate::iam::Tri;
use crate::identity::Model;
use crate::query::{Match, Permission, Ways, who_becomes, who_can};
use crate::rules::{Context, Draft, Rule, RuleInfo};
use crate::source::Span;

declare_rule! {
    /// An `[[invariant]]` of `keyward.toml` says what must never become true: that some identities cannot do
    /// something, or cannot become somebody, by any path. This rule reports each identity that can, at the statement
    /// or trust with which its way begins, and shows the way. The severity is that of the entry.
    ///
    /// What only may be true, since it hinges on a condition or on something that is not known here, is shown to the
    /// persona `strict`. An invariant whose `from` matches nobody is a coverage gap.
    ///
    /// ```toml,keyward.toml
    /// [[invariant]]
    /// name = "ci-stays-out-of-secrets"
    /// from = ["aws_iam_role.ci"]
    /// cannot = ["secretsmanager:GetSecretValue"]
    /// ```
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "ci" {
    ///   name               = "ci"
    ///   assume_role_policy = "{}"
    /// }
    ///
    /// resource "aws_iam_role_policy" "ci" {
    ///   role   = aws_iam_role.ci.id
    ///   policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "secretsmanager:*", Resource = "*" }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "ci" {
    ///   name               = "ci"
    ///   assume_role_policy = "{}"
    /// }
    ///
    /// resource "aws_iam_role_policy" "ci" {
    ///   role   = aws_iam_role.ci.id
    ///   policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::builds/*" }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: NIST CSF 2.0, PR.AA-05.
    InvariantBroken {
        code: "KW902",
        name: "invariant-broken",
        summary: "Something that keyward.toml rules out has become possible",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "governance",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

impl Rule for InvariantBroken {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        for invariant in &cx.shared.config.invariants {
            for breach in breaches(cx.model, invariant) {
                let draft = draft(cx.model, invariant, &breach);
                cx.emit(draft);
            }
        }
    }
}

/// Somebody who can do what an invariant rules out.
struct Breach {
    found: Match,
    /// "perform `s3:DeleteObject` on `aws_s3_bucket.logs`"
    deed: String,
}

fn breaches(model: &Model, invariant: &Invariant) -> Vec<Breach> {
    let is_meant = |who: &str| {
        let any = |globs: &[crate::config::Spanned<AddressGlob>]| globs.iter().any(|it| it.get_ref().matches(who));
        any(&invariant.from) && !any(&invariant.except)
    };
    let mut found = Vec::new();
    for name in &invariant.cannot {
        // What is no permission is a gap.
        let Ok(permission) = Permission::read(name.get_ref()) else { continue };
        let on: Vec<Option<&str>> = match invariant.on.as_slice() {
            [] => vec![None],
            listed => listed.iter().map(|glob| Some(glob.get_ref().as_str())).collect(),
        };
        for on in on {
            let matches = who_can(model, &permission, on, Ways::Any, None).into_iter();
            found.extend(matches.filter(|it| is_meant(&it.who)).map(|it| Breach {
                deed: match &it.target {
                    Some(target) => format!("perform `{}` on `{target}`", permission.name()),
                    None => format!("perform `{}`", permission.name()),
                },
                found: it,
            }));
        }
    }
    for target in &invariant.cannot_become {
        let matches = who_becomes(model, target.get_ref(), Ways::Any).into_iter();
        found.extend(matches.filter(|it| is_meant(&it.who)).map(|it| Breach {
            deed: format!("become `{}`", it.target.as_deref().unwrap_or_default()),
            found: it,
        }));
    }
    found
}

fn draft(model: &Model, invariant: &Invariant, breach: &Breach) -> Draft {
    let Breach { found, deed } = breach;
    let identity = model.identities.iter().find(|identity| identity.address == found.who);
    let header = identity.map(|identity| model.resource(identity.resource).header());
    let first = found.path.first().and_then(|hop| hop.grounds.first()).or(found.grounds.first());
    let span = first.map(|ground| ground.span).or(header).unwrap_or(Span::NOWHERE);
    let name = invariant.name.get_ref();
    let can = if found.answer == Tri::Yes { "can" } else { "may be able to" };
    let message = format!("`{}` {can} {deed}, which invariant `{name}` rules out", found.who);
    let mut draft = Draft::new(InvariantBroken::INFO, &found.who, &format!("{name} {deed}"), span, message)
        .severity(invariant.severity)
        .identity(&found.who)
        .label(match found.path.first() {
            Some(hop) => hop.text.clone(),
            None => first.map(|ground| ground.text.clone()).unwrap_or_default(),
        })
        .help("take away the statement or the trust with which the way begins, or correct the invariant");
    for hop in found.path.iter().skip(1) {
        for ground in hop.grounds.iter().take(1) {
            draft = draft.related(ground.span, hop.text.clone());
        }
    }
    if !found.path.is_empty() {
        for ground in &found.grounds {
            draft = draft.related(ground.span, ground.text.clone());
        }
    }
    if let Some(reason) = &invariant.reason {
        draft = draft.note(format!("the invariant says why: {}", reason.get_ref()));
    }
    for caveat in found.path.iter().flat_map(|hop| &hop.caveats).chain(&found.caveats) {
        draft = draft.note(caveat.clone());
    }
    match found.answer {
        Tri::Yes => draft,
        _ => draft.persona(Persona::Strict).confidence(Confidence::Medium),
    }
}
