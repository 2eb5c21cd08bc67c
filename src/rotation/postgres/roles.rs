use super::{Database, Refusal, quoted, text};
use crate::rotation::mark::NextMark;
use crate::rotation::traits::{Doing, Failure, FailureKind, Issuer, Key, KeyId, LONG_AGO, Listed, Moment};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postgres_protocol::password::scram_sha_256;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// What the comment of a role that was made here begins with; the rest is when.
const MADE: &str = "keyward ";
/// Of the random bytes of a password, which are letters then.
const LENGTH: usize = 32;

/// Roles that log in for a group: each has its own password, and acts as the group as soon as it is logged in, so
/// that what it makes belongs to that and outlives it.
pub struct LoginRoles {
    database: Database,
    user: String,
    password: SecretString,
    group: String,
    next: NextMark,
}

impl std::fmt::Debug for LoginRoles {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("LoginRoles").field("group", &self.group).finish_non_exhaustive()
    }
}

impl LoginRoles {
    /// `user` makes and drops the roles.
    pub fn new(database: Database, user: &str, password: SecretString, group: &str) -> Result<Self, String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        // Names have 63 bytes at most, and those of the roles are longer by 13.
        if group.is_empty() || group.len() > 50 || !group.bytes().all(plain) {
            return Err(format!("`{group}` has to be a name of up to 50 letters, digits, `_` and `-`"));
        }
        let (user, group, next) = (user.to_owned(), group.to_owned(), NextMark::default());
        Ok(LoginRoles { database, user, password, group, next })
    }

    async fn client(&self) -> Result<Client, Failure> {
        self.database.connect(&self.user, &self.password).await.map_err(|refusal| {
            // Nothing was asked for yet; a password that is wrong stays so.
            let kind = match refusal.failure.kind {
                FailureKind::Unclear => FailureKind::Later,
                kind => kind,
            };
            Failure::new(kind, refusal.failure.message)
        })
    }

    /// Statements that all take place, or none of them.
    async fn execute(&self, statements: &str) -> Result<(), Refusal> {
        let client = self.client().await.map_err(|failure| Refusal {
            code: None,
            message: failure.message.clone(),
            failure,
        })?;
        match tokio::time::timeout(self.database.timeout, client.batch_execute(statements)).await {
            Ok(done) => done.map_err(|error| {
                // A pool in between says so of a server that was lost after it was asked.
                let refusal = Refusal::from(error);
                let lost = refusal.code.as_ref().is_some_and(|code| code.code().starts_with("08"));
                if lost { Refusal::of(FailureKind::Unclear, refusal.message) } else { refusal }
            }),
            Err(_) => Err(Refusal::of(FailureKind::Unclear, "the database does not answer")),
        }
    }

    async fn members(&self) -> Result<Vec<Listed>, Failure> {
        // Sessions of others show who they are and what they call themselves, though not what they do.
        const QUERY: &str = "SELECT role.rolname::text, role.rolcanlogin, \
             coalesce(shobj_description(role.oid, 'pg_authid'), ''), \
             EXISTS (SELECT FROM pg_stat_activity WHERE usesysid = role.oid), \
             extract(epoch FROM now())::bigint, \
             (SELECT string_agg(DISTINCT nullif(application_name, ''), ', ') \
              FROM pg_stat_activity WHERE usesysid = role.oid) \
             FROM pg_roles role JOIN pg_auth_members member ON member.member = role.oid \
             JOIN pg_roles grp ON grp.oid = member.roleid \
             WHERE grp.rolname = $1::text::name AND role.rolname <> current_user ORDER BY 1";
        let client = self.client().await?;
        let asked = tokio::time::timeout(self.database.timeout, client.query(QUERY, &[&self.group])).await;
        let rows = match asked {
            Ok(rows) => rows.map_err(|error| Refusal::from(error).failure)?,
            Err(_) => return Err(Failure::new(FailureKind::Later, "the database does not answer")),
        };
        let mut listed: Vec<Listed> = Vec::new();
        for row in rows {
            let comment: String = row.get(2);
            let made = comment.strip_prefix(MADE).and_then(|rest| rest.parse::<Moment>().ok());
            let (busy, now): (bool, Moment) = (row.get(3), row.get(4));
            let id = KeyId(row.get(0));
            // A role may be granted by several.
            if listed.last().is_none_or(|last| last.id != id) {
                let last_used = busy.then_some(now);
                let mark = self.mark_of(&id);
                let role = Listed::new(id, row.get(1), Some(made.unwrap_or(LONG_AGO)));
                listed.push(Listed { last_used, used_for: row.get(5), mark, ..role });
            }
        }
        Ok(listed)
    }

    /// What the name of a role ends with that is made here.
    fn mark_of(&self, id: &KeyId) -> Option<String> {
        let end = id.0.strip_prefix(&self.group)?.strip_prefix('_')?;
        NextMark::is_one(end).then(|| end.to_owned())
    }

    async fn make(&self) -> Result<Key, Failure> {
        let name = format!("{}_{}", self.group, self.next.take()?);
        let password = password()?;
        // The server, and whatever it logs, gets a verifier and never the password.
        let verifier = scram_sha_256(password.as_bytes());
        let (role, group) = (quoted(&name), quoted(&self.group));
        let statements = format!(
            "CREATE ROLE {role} LOGIN INHERIT IN ROLE {group} PASSWORD {}; \
             ALTER ROLE {role} SET role = {}; \
             DO $$ BEGIN EXECUTE format('COMMENT ON ROLE {role} IS %L', {} || extract(epoch FROM now())::bigint); END $$",
            text(&verifier),
            text(&self.group),
            text(MADE),
        );
        self.execute(&statements).await.map_err(|refusal| match &refusal.code {
            // The same request arrived before, and its password is lost.
            Some(code) if *code == SqlState::DUPLICATE_OBJECT => {
                Failure::new(FailureKind::Unclear, format!("{name} is there already"))
            }
            _ => refusal.failure,
        })?;
        Ok(Key { id: KeyId(name), secret: SecretString::from(password.as_str()) })
    }

    async fn drop(&self, id: &KeyId) -> Result<(), Failure> {
        let (role, group) = (quoted(&id.0), quoted(&self.group));
        let refusal = match self.execute(&format!("DROP ROLE IF EXISTS {role}")).await {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        if refusal.code != Some(SqlState::DEPENDENT_OBJECTS_STILL_EXIST) {
            return Err(refusal.failure);
        }
        // From before it acted as the group. What it has in other databases stays in the way.
        let statements = format!(
            "GRANT {role} TO CURRENT_USER; REASSIGN OWNED BY {role} TO {group}; DROP OWNED BY {role}; DROP ROLE {role}"
        );
        self.execute(&statements).await.map_err(|refusal| refusal.failure)
    }

    async fn login(&self, id: &KeyId, may: &str) -> Result<(), Failure> {
        let done = self.execute(&format!("ALTER ROLE {} {may}", quoted(&id.0))).await;
        done.map_err(|refusal| refusal.failure)
    }
}

fn password() -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    SystemRandom::new()
        .fill(&mut bytes[..])
        .map_err(|_| Failure::new(FailureKind::Later, "the system has no randomness"))?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(&bytes[..])))
}

impl Issuer for LoginRoles {
    fn name(&self) -> String {
        format!("PostgreSQL {} group {}", self.database.name, self.group)
    }

    fn room(&self) -> Option<usize> {
        None
    }

    fn sees_only_now(&self) -> bool {
        true
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        Box::pin(self.members())
    }

    fn prepare(&self) -> Doing<'_, Option<String>> {
        Box::pin(std::future::ready(self.next.choose().map(Some)))
    }

    fn create<'a>(&'a self, _token: &'a str) -> Doing<'a, Key> {
        Box::pin(self.make())
    }

    fn disable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.login(id, "NOLOGIN"))
    }

    fn enable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.login(id, "LOGIN"))
    }

    fn delete<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.drop(id))
    }
}

#[cfg(test)]
mod tests {
    use super::password;

    #[test]
    fn passwords_are_long_and_never_the_same() {
        let (one, other) = (password().unwrap(), password().unwrap());
        assert!(one.len() == 43 && *one != *other);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }
}
