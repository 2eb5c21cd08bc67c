use super::OperateError;
use super::build::database;
use super::surroundings::{Surroundings, TIMEOUT};
use crate::config::PostgresAccess;
use crate::rotation::journal::{PostgresJournal, Worker};
use jiff::SignedDuration;
use std::time::Instant;

/// Opens a journal that several workers share. `tick` is a clock that only goes on.
pub fn postgres_journal(
    access: &PostgresAccess,
    lease: SignedDuration,
    surroundings: &Surroundings<'_>,
    tick: fn() -> Instant,
) -> Result<PostgresJournal, OperateError> {
    let lease = lease.unsigned_abs();
    // A lease has to outlive a question that is not answered.
    let timeout = surroundings.timeout.unwrap_or(TIMEOUT).min(lease / 3);
    let (database, password) = database(access, surroundings, timeout)
        .map_err(|(message, help)| OperateError::NotConfigured { message, help })?;
    let worker = Worker { name: std::process::id().to_string(), now: surroundings.now, tick };
    Ok(PostgresJournal::open(database, &access.user, password, lease, worker)?)
}
