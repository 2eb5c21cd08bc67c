use super::Database;
use crate::rotation::traits::{Check, Doing, Failure, FailureKind, Key};
use tokio_postgres::error::SqlState;

/// Logs in with a role and its password.
#[derive(Debug)]
pub struct LoginCheck {
    database: Database,
}

impl LoginCheck {
    pub fn new(database: Database) -> Self {
        LoginCheck { database }
    }
}

impl Check for LoginCheck {
    fn name(&self) -> String {
        format!("login to PostgreSQL {}", self.database.host)
    }

    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(async move {
            match self.database.connect(&key.id.0, &key.secret).await {
                Ok(client) => match client.simple_query("SELECT 1").await {
                    Ok(_) => Ok(true),
                    Err(error) => Err(super::Refusal::from(error).failure),
                },
                Err(refusal) => match &refusal.code {
                    // A host or database that is not let in says nothing about the role.
                    Some(_) if refusal.message.contains("pg_hba.conf") => {
                        Err(Failure::new(FailureKind::Later, refusal.failure.message))
                    }
                    Some(code) if is_refused(code) => Ok(false),
                    Some(_) => Err(Failure::new(FailureKind::Later, refusal.failure.message)),
                    None => Err(refusal.failure),
                },
            }
        })
    }
}

fn is_refused(code: &SqlState) -> bool {
    *code == SqlState::INVALID_PASSWORD || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION
}
