use crate::diagnostic::{Fix, Persona};
use crate::eval::Resource;
use crate::eval::value::Value;
use crate::identity::{Model, Ownership, facts};
use crate::rules::naming_owner::{Siblings, set_owner};
use crate::rules::ownerless::{Candidate, candidates, named_by_codeowners};
use crate::rules::surroundings::listed;
use crate::rules::{Context, Draft, Rule, RuleInfo};
use indexmap::{IndexMap, IndexSet};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

declare_rule! {
    /// Nobody is named who answers for this identity or credential. When its key leaks at night, when its
    /// permissions turn out to be too wide, when the application it was made for is switched off, there is
    /// nobody to ask, so it stays as it is. Identities without an owner are the ones that are found unused
    /// and still powerful years later.
    ///
    /// An owner is taken from, best first: a tag or label such as `owner`, `team` or `contact` (the list is
    /// `owners.keys` in `keyward.toml`), with `default_tags` and `default_labels` of the provider merged in;
    /// the `owners` of an application registration; a description or comment that names one (`Owner:
    /// payments`); the CODEOWNERS line of the file. Values such as `tbd` name nobody. A CODEOWNERS line for
    /// `*` says nothing about one identity and is not enough, unless `owners.min-evidence` is
    /// `"catch-all"`.
    ///
    /// Only what matters is reported: standing credentials, and identities that hold a credential, have
    /// permissions or run a workload. A credential belongs to the owner of its identity. Tags that are not
    /// known, such as `tags = var.tags` in a module without its caller, are never held against it. All
    /// places of one directory are one finding, and where the whole code names no owners at all, there is a
    /// single one. Identities that can do nothing, modules without their callers, and code in `examples/`
    /// or `test/` show with `--persona strict`.
    ///
    /// To fix it, name a team rather than a person. One `default_tags` block or one CODEOWNERS line often
    /// answers for a whole directory. The fix names the team that the resources beside it name, or else the one
    /// that the catch-all of CODEOWNERS names, where the code keeps its tags: in `default_tags` when they serve
    /// several identities, in the local that the tags come from, in the block itself, in a description where there are
    /// no tags. It never makes up a name.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_user" "exporter" {
    ///   name = "exporter"
    ///   tags = { env = "prod" }
    /// }
    ///
    /// resource "aws_iam_access_key" "exporter" {
    ///   user = aws_iam_user.exporter.name
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// provider "aws" {
    ///   default_tags {
    ///     tags = { owner = "payments" }
    ///   }
    /// }
    ///
    /// resource "aws_iam_user" "exporter" {
    ///   name = "exporter"
    /// }
    ///
    /// resource "aws_iam_access_key" "exporter" {
    ///   user = aws_iam_user.exporter.name
    /// }
    /// ```
    ///
    /// Source: AWS, "Best practices for tagging AWS resources"; Google Cloud, "Manage service accounts";
    /// Microsoft Entra, "Assign enterprise application owners"; GitHub, "About code owners".
    NhiMissingOwner {
        code: "KW001",
        name: "nhi-missing-owner",
        summary: "Identity or credential that nobody is named as the owner of",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "ownership",
        nhi: ["NHI1", "NHI10"],
        csf: ["GV.RR-02", "ID.AM-02", "PR.AA-01"],
        cis: [],
    }
}

/// How the code around names owners.
struct Convention {
    /// The key that most tags use.
    key: Option<String>,
    /// Owners are named as a rule: in tags, in CODEOWNERS, in a roster.
    exists: bool,
    /// How many have one.
    named: usize,
}

impl Rule for NhiMissingOwner {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn estate(&self, cx: &mut Context<'_>) {
        let mut groups: IndexMap<(Persona, String), Vec<Candidate<'_>>> = IndexMap::new();
        let convention = convention(cx);
        for model in &cx.shared.estate.models {
            if model.note(|| HasNone(candidates(cx, model).is_empty())).0 {
                continue;
            }
            for candidate in candidates(cx, model) {
                let dir = if convention.exists { candidate.dir.clone() } else { String::new() };
                groups.entry((candidate.persona, dir)).or_default().push(candidate);
            }
        }
        let mut drafts = Vec::new();
        let siblings = if groups.is_empty() { Siblings::default() } else { Siblings::of(cx) };
        for ((persona, dir), mut group) in groups {
            group.sort_by_key(|candidate| Reverse(candidate.weight));
            drafts.push(report(cx, persona, &dir, &group, &convention, &siblings));
        }
        drafts.into_iter().flatten().for_each(|draft| cx.emit(draft));
    }
}

fn report(
    cx: &Context<'_>,
    persona: Persona,
    dir: &str,
    group: &[Candidate<'_>],
    convention: &Convention,
    siblings: &Siblings,
) -> Option<Draft> {
    let first = group.first()?;
    let blocks: IndexSet<&str> = group.iter().map(|candidate| candidate.block.as_str()).collect();
    let message = match blocks.len() {
        1 => format!("nobody is named as the owner of `{}`, {}", first.block, first.what),
        count if convention.exists => {
            let place = if dir.is_empty() { "this directory".to_string() } else { format!("`{dir}`") };
            let most = listed(blocks.iter().copied(), 3);
            format!("nobody is named as the owner of {count} identities and credentials in {place}: {most}")
        }
        count => {
            let most = listed(blocks.iter().copied(), 3);
            match convention.named {
                0 => format!(
                    "nothing in this code names an owner, so {count} identities and credentials have none: {most}"
                ),
                named => format!(
                    "owners are named for {named} of {} identities and credentials, and not for {most}",
                    named + count
                ),
            }
        }
    };
    let site = first.resource.header();
    let mut draft = Draft::new(NhiMissingOwner::INFO, &first.resource.address, "", site, message)
        .of_root(first.model)
        .label(format!("{}, and nobody answers for it", first.what))
        .persona(persona)
        .identity(first.resource.address.clone())
        .environment(first.environment.as_ref());
    for candidate in &group[1..] {
        draft =
            draft.site(&candidate.resource.address, "", candidate.resource.header()).of_root(candidate.model);
    }
    for (span, text) in &first.related {
        draft = draft.related(*span, text.clone());
    }
    if !convention.exists && convention.named == 0 && blocks.len() == 1 {
        draft = draft.note("no tag, label, description or CODEOWNERS line in this code names an owner");
    }
    let codeowner = named_by_codeowners(cx, group);
    if let Some(owner) = &codeowner {
        draft = draft.note(format!(
            "CODEOWNERS gives these files to `{}` only by its catch-all in line {}, which is too little to be \
             the owner of an identity",
            owner.name, owner.line
        ));
    }
    draft = draft.help(help(group, convention));
    let advice = match codeowner {
        Some(owner) if owner.name.contains('/') => {
            format!("Name `{}` or the team that runs it as the owner", owner.name)
        }
        _ => "Name the team that answers for it; keyward does not guess one".to_string(),
    };
    Some(draft.fix(set_owner(cx, group, convention.key.as_deref(), siblings).unwrap_or_else(|| Fix::manual(advice))))
}

/// What to write, and where: for the types of this group, the first one first.
fn help(group: &[Candidate<'_>], convention: &Convention) -> String {
    let key = convention.key.as_deref().unwrap_or("owner");
    let kinds: IndexSet<&str> = group.iter().map(|candidate| &*candidate.resource.kind).collect();
    let mut ways: IndexSet<String> = IndexSet::new();
    let taggable = |kind: &str| facts::provider(kind) == "aws" && facts::tag_attribute(kind).is_some();
    if group.len() > 1 && kinds.iter().any(|kind| taggable(kind)) {
        ways.insert(format!("add `{key}` to `default_tags` of the AWS provider, for all that takes tags"));
    }
    for kind in &kinds {
        let owner = facts::of(kind).map(|facts| facts.owner.as_slice()).unwrap_or_default();
        let prose = owner.iter().find(|name| matches!(name.as_str(), "description" | "comment"));
        if *kind == "azuread_application" || *kind == "azuread_service_principal" {
            ways.insert("list the group of the team in `owners`".to_string());
        } else if let Some(attribute) = prose {
            ways.insert(format!("write `Owner: <team>` into `{attribute}`"));
        } else if let Some(attribute) = facts::tag_attribute(kind)
            && !(taggable(kind) && group.len() > 1)
        {
            ways.insert(format!("add `{key}` with the name of the team to `{attribute}`"));
        }
    }
    let mut ways: Vec<String> = ways.into_iter().take(3).collect();
    ways.push(match group.first().map_or("", |candidate| candidate.dir.as_str()) {
        "" => "give the files to a team in CODEOWNERS".to_string(),
        dir => format!("give `{dir}/` to a team in CODEOWNERS"),
    });
    ways.join(", or ")
}

/// Nothing in a root module is without an owner.
struct HasNone(bool);

/// How owners are named in one root module.
#[derive(Default)]
struct Census {
    /// How often each key is among the tags.
    keys: BTreeMap<String, usize>,
    named: usize,
    missing: usize,
}

fn census(cx: &Context<'_>, model: &Model) -> Census {
    let mut census = Census::default();
    // Tags are the same few everywhere: each key is looked at once.
    let mut counts: HashMap<String, Option<usize>> = HashMap::new();
    let mut count = |value: Option<&Value>| {
        for key in value.and_then(Value::entries).into_iter().flat_map(|entries| entries.keys()) {
            match counts.get_mut(&**key) {
                Some(count) => *count = count.map(|count| count + 1),
                None => {
                    let is_owner = cx.shared.config.owners.keys.matches(key);
                    counts.insert(key.to_string(), is_owner.then_some(1));
                }
            }
        }
    };
    for resource in &model.project.resources {
        count(tags(resource));
    }
    for provider in model.project.modules.iter().flat_map(|module| &module.providers) {
        for block in provider.body.blocks("default_tags") {
            count(block.value("tags"));
        }
        count(provider.body.value("default_labels"));
    }
    census.keys = counts.into_iter().filter_map(|(key, count)| Some((key, count?))).collect();
    let owners = model.identities.iter().map(|identity| &identity.owner);
    let owners = owners.chain(model.credentials.iter().map(|credential| &credential.owner));
    for owner in owners {
        census.named += usize::from(owner.name().is_some());
        census.missing += usize::from(*owner == Ownership::Missing);
    }
    census
}

/// Whether owners are named anywhere, and by which key.
fn convention(cx: &Context<'_>) -> Convention {
    let mut keys: BTreeMap<String, usize> = BTreeMap::new();
    let (mut named, mut missing) = (0_usize, 0_usize);
    for model in &cx.shared.estate.models {
        let census = model.note(|| census(cx, model));
        for (key, count) in &census.keys {
            *keys.entry(key.clone()).or_default() += count;
        }
        named += census.named;
        missing += census.missing;
    }
    let key =
        keys.iter().max_by_key(|(key, count)| (**count, Reverse(key.len()))).map(|(key, _)| key.clone());
    // A few tags somewhere are not yet a habit that the other places break.
    let habit = named * 4 >= missing && (named > 0 || key.is_some());
    let exists = habit || cx.shared.codeowners.is_some() || cx.shared.roster.is_some();
    Convention { key, exists, named }
}

fn tags(resource: &Resource) -> Option<&Value> {
    let attribute = facts::tag_attribute(&resource.kind)?;
    resource.body.value(attribute)
}
