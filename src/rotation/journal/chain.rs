use super::JournalError;
use crate::rotation::engine::Entry;
use sha2::{Digest, Sha256};

/// What the first entry follows.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry as it is kept: its text, and a digest of that and of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub number: u64,
    /// The entry as JSON, exactly as it was digested.
    pub body: String,
    pub digest: String,
}

/// What a sound chain comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub entries: u64,
    /// Of the last one. Kept elsewhere, it shows later that nothing was cut off.
    pub head: String,
}

/// The next link behind `last`.
pub fn link(last: Option<&Link>, entry: &Entry) -> Result<Link, JournalError> {
    let number = last.map_or(0, |last| last.number) + 1;
    let body = serde_json::to_string(entry).map_err(|error| JournalError::Broken(error.to_string()))?;
    let digest = digest(last.map_or(BEGINNING, |last| &last.digest), number, &body);
    Ok(Link { number, body, digest })
}

/// Whether an entry is as it was written behind one with the digest `before`.
pub(super) fn follows(before: &str, link: &Link) -> Result<(), JournalError> {
    match digest(before, link.number, &link.body) == link.digest {
        true => Ok(()),
        false => Err(JournalError::Broken(format!("entry {} was changed", link.number))),
    }
}

fn digest(before: &str, number: u64, body: &str) -> String {
    let digest = Sha256::digest(format!("{before}\n{number}\n{body}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether nothing was changed, left out or put between. What was cut off at the end shows only against a head that
/// was kept elsewhere.
pub fn verify(links: &[Link], head: Option<&str>) -> Result<Verified, JournalError> {
    let mut before = BEGINNING.to_owned();
    let mut seen = head.is_none();
    for (at, link) in links.iter().enumerate() {
        let number = at as u64 + 1;
        if link.number != number {
            return Err(JournalError::Broken(format!("entry {number} is missing")));
        }
        follows(&before, link)?;
        serde_json::from_str::<Entry>(&link.body).map_err(|_| JournalError::Unreadable(number))?;
        before.clone_from(&link.digest);
        seen |= head == Some(before.as_str());
    }
    if !seen {
        return Err(JournalError::Broken("the entry with the given digest is not there any more".to_owned()));
    }
    Ok(Verified { entries: links.len() as u64, head: before })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::engine::Event;

    fn chain(count: usize) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        for at in 0..count {
            let event = Event::TurnedBack { reason: format!("reason {at}") };
            let next = link(links.last(), &Entry { run: "r".into(), at: at as i64, event }).unwrap();
            links.push(next);
        }
        links
    }

    #[test]
    fn a_sound_chain_is_sound() {
        let links = chain(4);
        let verified = verify(&links, None).unwrap();
        assert_eq!((verified.entries, &verified.head), (4, &links[3].digest));
        assert!(verify(&links, Some(&links[1].digest)).is_ok());
        assert!(verify(&[], None).is_ok());
    }

    #[test]
    fn whatever_is_changed_shows() {
        let mut changed = chain(4);
        changed[1].body = changed[1].body.replace("reason 1", "reason 9");
        assert_eq!(verify(&changed, None).unwrap_err().to_string(), "entry 2 was changed");
        let mut missing = chain(4);
        missing.remove(1);
        assert_eq!(verify(&missing, None).unwrap_err().to_string(), "entry 2 is missing");
        let whole = chain(4);
        let head = whole[3].digest.clone();
        assert!(verify(&whole[..3], None).is_ok(), "a chain does not know its end");
        assert!(verify(&whole[..3], Some(&head)).is_err(), "a digest that was kept does");
    }
}
