//! Nothing here looks like a secret to another scanner: every sample is put together at run time.

mod behaviour;
mod make;
mod names;
mod negative;
mod positive;
mod property;

use super::*;

pub(super) fn ids(text: &str, name: Option<&str>) -> Vec<String> {
    let context = Context { name, ..Context::default() };
    scan(text, &context)
        .into_iter()
        .map(|found| format!("{}:{:?}", found.format.id, found.confidence))
        .collect()
}
