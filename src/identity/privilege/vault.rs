use super::{Cause, Level, Privilege};
use crate::iam::Verdict;
use crate::iam::vault::judge;
use crate::identity::model::{Model, Policy};
use crate::identity::policy::{vault_place, vault_source};

pub(super) fn measure(model: &Model, grants: &[usize], total: &mut Privilege) {
    for index in grants {
        let grant = &model.grants[*index];
        let Policy::Vault(paths) = &grant.policy else { continue };
        let policy = model.resource(grant.resource);
        let judgement = judge(paths);
        let level = Level::of(judgement.verdict).unwrap_or_else(|| match paths.as_slice() {
            [] => Level::Unknown,
            _ if paths.iter().any(|path| path.can_write()) => Level::Write,
            _ => Level::Read,
        });
        let summary = match judgement.verdict {
            Verdict::Admin => "administers Vault".to_string(),
            Verdict::Power => "writes everything in Vault".to_string(),
            Verdict::None => policy.address.clone(),
        };
        total.raise(level, &summary);
        let responsible = judgement.responsible.first().and_then(|at| paths.get(*at));
        let (Some(path), true) = (responsible, judgement.verdict > Verdict::None) else { continue };
        let value = policy.body.value(&grant.attribute);
        let found = value.and_then(|value| vault_place(value, path.span.clone()));
        let text = value.and_then(|value| vault_source(value, path.span.clone())).unwrap_or_default();
        let everything = path.path.is_everything();
        // What is built in has no text here.
        let built_in = path.span.is_empty() && grant.attribute != "policy";
        let shown = match (built_in, everything) {
            (true, _) => "root".to_string(),
            (false, true) => "*".to_string(),
            (false, false) => text,
        };
        let mut cause = Cause::new(judgement.verdict, *index, found.unwrap_or(grant.span), shown);
        let (phrase, label) = match (judgement.verdict, everything) {
            (Verdict::Admin, true) if built_in => ("has full administration of Vault", "everything in Vault"),
            (Verdict::Admin, true) => ("has full administration of Vault", "every path, with `sudo`"),
            (Verdict::Admin, false) => ("can give itself any policy in Vault", "writes policies"),
            _ => ("may write everything in Vault", "every path"),
        };
        cause.phrase = phrase.to_string();
        cause.label = label.to_string();
        total.causes.push(cause);
    }
}
