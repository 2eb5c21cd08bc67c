use super::{Actor, Endpoint, Query, xml};
use crate::dates::moment_of;
use crate::rotation::http::{Answer, Http};
use crate::rotation::traits::{Clock, Doing, Failure, FailureKind, Issuer, Key, KeyId, Listed, Moment};
use secrecy::SecretString;
use std::sync::Arc;

const VERSION: &str = "2010-05-08";
/// Source: AWS IAM User Guide, "IAM and AWS STS quotas": access keys assigned to an IAM user.
const ROOM: usize = 2;

/// The access keys of one IAM user.
pub struct IamUser {
    query: Query,
    /// Who makes and ends them; needs `iam:*AccessKey*` on the user.
    actor: Actor,
    user: String,
}

impl std::fmt::Debug for IamUser {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("IamUser").field("user", &self.user).finish_non_exhaustive()
    }
}

impl IamUser {
    pub fn new(
        http: Http,
        endpoint: Endpoint,
        clock: Arc<dyn Clock>,
        actor: impl Into<Actor>,
        user: impl Into<String>,
    ) -> Self {
        IamUser { query: Query { http, endpoint, clock }, actor: actor.into(), user: user.into() }
    }

    async fn ask(&self, action: &str, more: &[(&str, &str)]) -> Result<Answer, super::Refusal> {
        let mut parameters = vec![("UserName", self.user.as_str())];
        parameters.extend(more);
        self.query.ask(&self.actor.now(), VERSION, action, &parameters).await
    }

    async fn keys(&self) -> Result<Vec<Listed>, Failure> {
        let answer = self.ask("ListAccessKeys", &[]).await.map_err(|refusal| refusal.failure)?;
        let mut found = read(&answer.body).ok_or_else(|| unreadable("ListAccessKeys"))?;
        for key in &mut found {
            (key.last_used, key.used_for) = self.last_used(&key.id).await?;
        }
        Ok(found)
    }

    /// What was never used has no date, and `N/A` for the service.
    async fn last_used(&self, id: &KeyId) -> Result<(Option<Moment>, Option<String>), Failure> {
        let action = "GetAccessKeyLastUsed";
        let parameters = [("AccessKeyId", id.0.as_str())];
        let answer = match self.query.ask(&self.actor.now(), VERSION, action, &parameters).await {
            Ok(answer) => answer,
            // Deleted since it was listed.
            Err(refusal) if refusal.code == "NoSuchEntity" => return Ok((None, None)),
            Err(refusal) => return Err(refusal.failure),
        };
        let document = xml::parse(&answer.body).ok_or_else(|| unreadable(action))?;
        let of = |name| xml::text(document.root(), name);
        let named = |name| of(name).filter(|text| *text != "N/A");
        let used_for = named("ServiceName").map(|service| match named("Region") {
            Some(region) => format!("{service} in {region}"),
            None => service.to_owned(),
        });
        Ok((of("LastUsedDate").and_then(seconds), used_for))
    }

    async fn status(&self, id: &KeyId, status: &str) -> Result<(), Failure> {
        let parameters = [("AccessKeyId", id.0.as_str()), ("Status", status)];
        self.ask("UpdateAccessKey", &parameters).await.map(|_| ()).map_err(|refusal| refusal.failure)
    }
}

impl Issuer for IamUser {
    fn name(&self) -> String {
        format!("AWS IAM user {}", self.user)
    }

    fn room(&self) -> Option<usize> {
        Some(ROOM)
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        Box::pin(self.keys())
    }

    fn spreads(&self) -> bool {
        true
    }

    fn acts_with(&self) -> Option<KeyId> {
        Some(KeyId(self.actor.now().id))
    }

    fn act_with(&self, key: &Key) {
        self.actor.become_holder_of(key);
    }

    fn create<'a>(&'a self, _token: &'a str) -> Doing<'a, Key> {
        Box::pin(async {
            let answer = self.ask("CreateAccessKey", &[]).await.map_err(|refusal| refusal.failure)?;
            // Something was made, though it cannot be read: that is to be found and deleted.
            made(&answer.body).ok_or_else(|| {
                Failure::new(FailureKind::Unclear, "CreateAccessKey: the answer cannot be read")
            })
        })
    }

    fn disable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.status(id, "Inactive"))
    }

    fn enable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.status(id, "Active"))
    }

    fn delete<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(async {
            match self.ask("DeleteAccessKey", &[("AccessKeyId", &id.0)]).await {
                Ok(_) => Ok(()),
                Err(refusal) if refusal.code == "NoSuchEntity" => Ok(()),
                Err(refusal) => Err(refusal.failure),
            }
        })
    }
}

fn unreadable(action: &str) -> Failure {
    Failure::new(FailureKind::Later, format!("{action}: the answer cannot be read"))
}

fn seconds(text: &str) -> Option<Moment> {
    moment_of(text).map(|moment| moment.as_second())
}

fn read(body: &[u8]) -> Option<Vec<Listed>> {
    let document = xml::parse(body)?;
    let list = document.descendants().find(|node| node.tag_name().name() == "AccessKeyMetadata")?;
    let rows = list.children().filter(|node| node.tag_name().name() == "member");
    rows.map(|row| {
        let id = KeyId(xml::text(row, "AccessKeyId")?.to_owned());
        let active = xml::text(row, "Status")? == "Active";
        Some(Listed::new(id, active, xml::text(row, "CreateDate").and_then(seconds)))
    })
    .collect()
}

fn made(body: &[u8]) -> Option<Key> {
    let document = xml::parse(body)?;
    let of = |name| xml::text(document.root(), name);
    let secret = SecretString::from(of("SecretAccessKey")?.to_owned());
    Some(Key { id: KeyId(of("AccessKeyId")?.to_owned()), secret })
}
