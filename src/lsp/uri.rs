//! Addresses of documents, and paths of files.

use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

/// The file of a document; `None` for documents that are none, such as `untitled:Untitled-1`.
pub(super) fn path_of(uri: &str) -> Option<PathBuf> {
    let scheme = uri.get(..5)?;
    if !scheme.eq_ignore_ascii_case("file:") {
        return None;
    }
    let rest = &uri[5..];
    let path = match rest.strip_prefix("//") {
        // What stands before the next slash is a host: ours, or one that we cannot read from.
        Some(rest) => {
            let (host, path) = rest.split_at(rest.find('/')?);
            (host.is_empty() || host.eq_ignore_ascii_case("localhost")).then_some(path)?
        }
        None => rest,
    };
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let bytes = decode(&path[..end])?;
    let path = of_bytes(bytes)?;
    path.is_absolute().then_some(path)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|byte| *byte != 0)?);
        rest = &rest[2..];
    }
    Some(bytes)
}

#[cfg(unix)]
fn of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    let text = String::from_utf8(bytes).ok()?;
    // `/c:/dir` names a drive.
    let drive = text.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(text.get(usize::from(drive)..)?))
}

/// The address of a file below a directory with this address. `relative` is written with `/`.
pub(super) fn below(directory: &str, relative: &str) -> String {
    let mut uri = directory.trim_end_matches('/').to_owned();
    if !relative.is_empty() {
        uri.push('/');
        encode(relative, &mut uri);
    }
    uri
}

pub(super) fn of_path(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut uri = "file://".to_owned();
    if !text.starts_with('/') {
        uri.push('/');
    }
    encode(&text, &mut uri);
    uri
}

fn encode(path: &str, uri: &mut String) {
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
}

/// `path` below `root`, with `/`; `None` when it is elsewhere.
pub(super) fn relative(root: &Path, path: &Path) -> Option<String> {
    let rest = path.strip_prefix(root).ok()?;
    let mut parts = Vec::new();
    for component in rest.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            _ => return None,
        }
    }
    Some(parts.join("/"))
}

/// Whether something written with `/` lies in a directory written so, addresses included.
pub(super) fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_are_told_from_other_documents() {
        let path = |uri| path_of(uri).map(|path| path.display().to_string());
        assert_eq!(path("file:///a/b%20c%C3%A9.tf").as_deref(), Some("/a/b cé.tf"));
        assert_eq!(path("file://localhost/a").as_deref(), Some("/a"));
        assert_eq!(path("FILE:/a#x").as_deref(), Some("/a"));
        for other in ["untitled:Untitled-1", "vscode-notebook-cell:/a#b", "file://host/a", "file:", "", "é"]
        {
            assert_eq!(path(other), None, "{other}");
        }
        assert_eq!(path("file:///%"), None);
        assert_eq!(path("file:///%00"), None);
    }

    #[test]
    fn paths_lead_back() {
        let path = Path::new("/x y/é#?%.tf");
        assert_eq!(path_of(&of_path(path)).as_deref(), Some(path));
        assert_eq!(below("file:///root/", "a b/c.tf"), "file:///root/a%20b/c.tf");
        assert_eq!(relative(Path::new("/root"), Path::new("/root/a/b.tf")).as_deref(), Some("a/b.tf"));
        assert_eq!(relative(Path::new("/root"), Path::new("/root/../b.tf")), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(uri in "(file:)?/{0,3}\\PC{0,30}") {
            path_of(&uri);
        }
    }
}
