use super::{Document, Flags, Read};
use crate::iam::Verdict;
use crate::iam::inflate::inflate;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

static TABLE: LazyLock<String> = LazyLock::new(|| inflate(include_bytes!("../../data/aws-managed.txt.gz")));
static DOCUMENTS: &[u8] = include_bytes!("../../data/aws-managed-documents.bin");

/// What is known of a managed policy without reading it.
#[derive(Clone, Debug)]
pub struct ManagedSummary {
    pub name: &'static str,
    /// `service-role`, `job-function`, or empty.
    pub path: &'static str,
    pub version: &'static str,
    /// The day of the last change, `2026-02-12`.
    pub updated: &'static str,
    pub verdict: ManagedVerdict,
    /// Actions allowed on every resource without condition, in the order of `Level`.
    pub broad: [u32; 5],
    /// Further actions, on some resources or under conditions.
    pub scoped: u32,
    /// The flags of the broad actions together.
    pub flags: Flags,
    services: &'static str,
    methods: &'static str,
}

/// The worst that can be said of a managed policy, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagedVerdict {
    Admin,
    Power,
    /// A method of privilege escalation needs nothing else.
    Escalates,
    /// Reads all stored secrets.
    Secrets,
    /// Manages permissions of some service.
    Permissions,
    Write,
    /// Reads nearly every service.
    ReadAll,
    Read,
}

impl ManagedVerdict {
    fn parse(text: &str) -> Self {
        match text {
            "admin" => ManagedVerdict::Admin,
            "power" => ManagedVerdict::Power,
            "escalates" => ManagedVerdict::Escalates,
            "secrets" => ManagedVerdict::Secrets,
            "permissions" => ManagedVerdict::Permissions,
            "write" => ManagedVerdict::Write,
            "read-all" => ManagedVerdict::ReadAll,
            _ => ManagedVerdict::Read,
        }
    }

    /// The same on the scale that all clouds share.
    pub fn verdict(self) -> Verdict {
        match self {
            ManagedVerdict::Admin => Verdict::Admin,
            ManagedVerdict::Power => Verdict::Power,
            _ => Verdict::None,
        }
    }
}

impl ManagedSummary {
    fn parse(line: &'static str) -> Self {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let (name, path, version, updated, verdict) = (field(), field(), field(), field(), field());
        let (broad, scoped, flags, services, methods) = (field(), field(), field(), field(), field());
        let mut counts = broad.split(',').map(|count| count.parse().unwrap_or(0));
        ManagedSummary {
            name,
            path,
            version,
            updated,
            verdict: ManagedVerdict::parse(verdict),
            broad: std::array::from_fn(|_| counts.next().unwrap_or(0)),
            scoped: scoped.parse().unwrap_or(0),
            flags: Flags::parse(flags),
            services,
            methods,
        }
    }

    /// Services of which every action is allowed; `*` for all.
    pub fn services(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.services.split(',').filter(|service| !service.is_empty())
    }

    /// Names of the escalation methods that need nothing else; `*` for all.
    pub fn methods(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.methods.split(',').filter(|method| !method.is_empty())
    }

    /// The ARN in the partition `aws`.
    pub fn arn(&self) -> String {
        let slash = if self.path.is_empty() { "" } else { "/" };
        format!("arn:aws:iam::aws:policy/{}{slash}{}", self.path, self.name)
    }

    pub fn document(&self) -> Document {
        managed_document(self.name).unwrap_or_default()
    }
}

/// The name in the ARN of a managed policy, in any partition and with any path. A plain name, or one with a
/// path, is taken as well; the ARN of a customer's own policy is not.
pub fn managed_name(arn_or_name: &str) -> Option<&str> {
    let path = match arn_or_name.strip_prefix("arn:") {
        Some(rest) => {
            let (_partition, rest) = rest.split_once(':')?;
            rest.strip_prefix("iam::aws:policy/")?
        }
        None => arn_or_name,
    };
    path.rsplit('/').next().filter(|name| !name.is_empty())
}

/// Looks a managed policy up by ARN or name.
pub fn managed(arn_or_name: &str) -> Option<&'static ManagedSummary> {
    static BY_NAME: LazyLock<HashMap<&str, &ManagedSummary>> =
        LazyLock::new(|| managed_policies().iter().map(|policy| (policy.name, policy)).collect());
    BY_NAME.get(managed_name(arn_or_name)?).copied()
}

/// All managed policies, in order of their names.
pub fn managed_policies() -> &'static [ManagedSummary] {
    static ALL: LazyLock<Vec<ManagedSummary>> =
        LazyLock::new(|| TABLE.lines().map(ManagedSummary::parse).collect());
    &ALL
}

/// The document of a managed policy, by ARN or name. Use [`Document::map`] to tag it with the place where the
/// policy is attached.
pub fn managed_document(arn_or_name: &str) -> Option<Document> {
    managed_read(arn_or_name).map(|read| read.document)
}

pub(super) fn managed_read(arn_or_name: &str) -> Option<Read> {
    let name = managed_name(arn_or_name)?;
    let members = &*MEMBERS;
    let at = members.partition_point(|member| member.first <= name).checked_sub(1)?;
    let text = members[at].text.get_or_init(|| inflate(members[at].bytes));
    let mut lines = text.lines().filter_map(|line| line.split_once('\t'));
    let (_, json) = lines.find(|(found, _)| *found == name)?;
    let value = serde_json::from_str(json).ok()?;
    Some(Document::from_json(&value))
}

/// Some documents that were packed together.
struct Member {
    /// The first name in it.
    first: &'static str,
    bytes: &'static [u8],
    text: OnceLock<String>,
}

static MEMBERS: LazyLock<Vec<Member>> = LazyLock::new(|| {
    let end = DOCUMENTS.windows(2).position(|pair| pair == b"\n\n").unwrap_or(0);
    let (index, mut rest) = DOCUMENTS.split_at(end);
    rest = rest.get(2..).unwrap_or_default();
    let mut members = Vec::new();
    for line in str::from_utf8(index).unwrap_or_default().lines() {
        let (first, length) = line.split_once('\t').unwrap_or((line, "0"));
        let (bytes, after) = rest.split_at_checked(length.parse().unwrap_or(0)).unwrap_or((rest, &[]));
        rest = after;
        members.push(Member { first, bytes, text: OnceLock::new() });
    }
    members
});
