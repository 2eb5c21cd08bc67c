//! The ways in which providers write when something ends: dates, moments and lengths of time.
//!
//! There is no clock here. Whatever is relative to today takes today as an argument.

mod certificate;
mod date;
mod duration;
mod expiry;

pub use certificate::certificate_end;
pub use date::{date_of, days_between, moment_of, moment_of_epoch};
pub use duration::{Unit, days, duration_of, human, seconds};
pub use expiry::{Expiry, expiry_of};
